"""Prints what python-evtx reads from an EVTX file, one JSON line per record.

Usage: python3 python_evtx_dump.py FILE.evtx

A line has "system" (element or Element/@Attribute to text), "payload" (name of
the payload element or null), "root" (the element inside UserData or null) and
"fields" (pairs of name and text). The first line is about the file: whether it
is dirty, and whether the checksums of its header and of every chunk hold.
It renders nothing by itself: the texts are those of python-evtx. Exit status 3
means that python-evtx is not installed.
"""

import json
import sys
import xml.etree.ElementTree as ElementTree

try:
    from Evtx.Evtx import Evtx
except ImportError:
    sys.exit(3)


def local(name):
    """The name without its namespace."""
    return name.rsplit("}", 1)[-1]


def describe(record):
    event = ElementTree.fromstring(record.xml())
    out = {"system": {}, "payload": None, "root": None, "fields": []}
    for part in event:
        if local(part.tag) == "System":
            for element in part:
                name = local(element.tag)
                if element.text is not None:
                    out["system"][name] = element.text
                for key, value in element.attrib.items():
                    out["system"][name + "/@" + local(key)] = value
            continue
        out["payload"] = local(part.tag)
        if out["payload"] == "UserData":
            out["root"] = local(part[0].tag)
            fields = [(local(e.tag), e.text or "") for e in part[0]]
        else:
            fields = [(e.get("Name"), e.text or "") for e in part]
        out["fields"] = fields
    return out


def main(path):
    with Evtx(path) as log:
        header = log.get_file_header()
        chunks = list(log.chunks())
        print(json.dumps({
            "dirty": header.is_dirty(),
            "header_checksum": header.calculate_checksum() == header.checksum(),
            "chunks": [chunk.verify() for chunk in chunks],
        }))
        for record in log.records():
            if not record.verify():
                raise ValueError("sizes of record %d differ" % record.record_num())
            print(json.dumps(describe(record)))


if __name__ == "__main__":
    main(sys.argv[1])
