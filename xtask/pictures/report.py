"""Draws the first page of a report as a picture: report.py REPORT.html PICTURE.png"""

import io
import sys

import pypdfium2
import weasyprint

report, picture = sys.argv[1:]
pdf = io.BytesIO()
weasyprint.HTML(report).write_pdf(pdf)
page = pypdfium2.PdfDocument(pdf.getvalue())[0]
page.render(scale=1.4).to_pil().save(picture)
