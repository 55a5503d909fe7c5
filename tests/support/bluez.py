"""BlueZ, as python-dbusmock knows it, on the bus that DBUS_SYSTEM_BUS_ADDRESS names.

What the adapter hears is told over stdin, one JSON list a line; each is answered by "done":
  ["device", ADDRESS]                        a device that BlueZ knows, or discovers
  ["hear", PER_SECOND, [[ADDRESS, RSSI]…]]   its RSSI is announced, one after the other
  ["say", ADDRESS, {KEY: VALUE}]             it advertises "Name", "UUIDs" or, by company,
                                             "ManufacturerData"
  ["forget", ADDRESS]                        its RSSI is invalidated
  ["power", true | false]                    the adapter is switched on or off
Arguments: the adapters' names.
"""

import ctypes
import json
import select
import sys
import time

import dbus
import dbus.mainloop.glib
import dbus.service
from dbusmock import mockobject

DEVICE, ADAPTER = "org.bluez.Device1", "org.bluez.Adapter1"
glib = ctypes.cdll.LoadLibrary("libglib-2.0.so.0")


def attend(seconds):
    """Answers what comes over the bus, for at least so long."""
    until = time.monotonic() + seconds
    while True:
        while glib.g_main_context_iteration(None, False):
            pass
        if time.monotonic() >= until:
            return
        time.sleep(0.0005)


def as_bluez_does(template):
    """A client's scan is refused a second time; the template does not do that."""
    start = template.StartDiscovery

    @dbus.service.method(ADAPTER, in_signature="", out_signature="")
    def StartDiscovery(adapter):
        if adapter.props[ADAPTER]["Discovering"]:
            raise dbus.exceptions.DBusException(
                "Operation already in progress", name="org.bluez.Error.InProgress"
            )
        start(adapter)

    template.StartDiscovery = StartDiscovery


def adapters():
    return [thing for path, thing in mockobject.objects.items() if path.count("/") == 3]


def client_left(_name, _old, new):
    """Nor does it end the scan of a client that is gone."""
    if not new:
        for adapter in adapters():
            adapter.props[ADAPTER]["Discovering"] = False


def device(address):
    path = adapters()[0].path + "/dev_" + address.replace(":", "_")
    return mockobject.objects[path]


def as_dbus(key, value):
    if key == "ManufacturerData":
        data = {dbus.UInt16(int(company)): dbus.ByteArray(bytes.fromhex(hex)) for company, hex in value.items()}
        data = {company: dbus.Array(data[company], signature="y", variant_level=1) for company in data}
        return dbus.Dictionary(data, signature="qv")
    return dbus.Array(value, signature="s") if key == "UUIDs" else dbus.String(value)


def obey(main, what, *details):
    if what == "device":
        main.AddDevice(adapters()[0].path.rsplit("/")[-1], details[0], "band")
    elif what == "hear":
        per_second, heard = details
        due = time.monotonic()
        for address, rssi in heard:
            device(address).UpdateProperties(DEVICE, {"RSSI": dbus.Int16(rssi)})
            due += 1 / per_second
            attend(max(0, due - time.monotonic()))
    elif what == "say":
        address, said = details
        values = {key: as_dbus(key, value) for key, value in said.items()}
        # UpdateProperties of python-dbusmock 0.28 cannot take dictionaries.
        device(address).props[DEVICE].update(values)
        device(address).EmitSignal(
            dbus.PROPERTIES_IFACE,
            "PropertiesChanged",
            "sa{sv}as",
            [DEVICE, dbus.Dictionary(values, signature="sv"), dbus.Array([], signature="s")],
        )
    elif what == "forget":
        names = dbus.Array(["RSSI"], signature="s")
        device(details[0]).EmitSignal(
            dbus.PROPERTIES_IFACE, "PropertiesChanged", "sa{sv}as", [DEVICE, {}, names]
        )
    elif what == "power":
        adapters()[0].UpdateProperties(ADAPTER, {"Powered": dbus.Boolean(details[0])})


def main():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.SystemBus()
    bus.add_signal_receiver(client_left, "NameOwnerChanged", "org.freedesktop.DBus")
    name = dbus.service.BusName("org.bluez", bus, do_not_queue=True)
    root = mockobject.DBusMockObject(name, "/", mockobject.OBJECT_MANAGER_IFACE, {}, "/dev/null", True)
    mockobject.objects["/"] = root
    as_bluez_does(mockobject.load_module("bluez5"))
    root.AddTemplate("bluez5", dbus.Dictionary({}, signature="sv"))
    for adapter in sys.argv[1:]:
        root.AddAdapter(adapter, "bench")
    print("done", flush=True)
    while True:
        if select.select([sys.stdin], [], [], 0)[0]:
            line = sys.stdin.readline()
            if not line:
                return
            obey(root, *json.loads(line))
            print("done", flush=True)
        attend(0.001)


main()
