"""parse-mails.py FOLDER: reads each NAME.eml as a strict receiver does and compares it with NAME.subject and NAME.text.

What is wrong is printed, a line each, and the status is 1.
"""
import email, email.policy, os, re, struct, sys, zlib

folder = sys.argv[1]
wrong = []


def png_is_whole(data):
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return False
    place, kinds = 8, []
    while place + 12 <= len(data):
        size, kind = struct.unpack(">I4s", data[place : place + 8])
        body = data[place + 8 : place + 8 + size]
        if struct.unpack(">I", data[place + 8 + size : place + 12 + size])[0] != zlib.crc32(kind + body):
            return False
        kinds.append(kind)
        place += 12 + size
    return kinds[:1] == [b"IHDR"] and kinds[-1:] == [b"IEND"] and place == len(data)


def tree(part):
    if part.is_multipart():
        return [part.get_content_subtype()] + [tree(child) for child in part.iter_parts()]
    return part.get_content_type()


names = sorted(name[:-4] for name in os.listdir(folder) if name.endswith(".eml"))
for name in names:
    def check(fact, what):
        if not fact:
            wrong.append(f"{name}: {what}")

    raw = open(f"{folder}/{name}.eml", "rb").read()
    subject = open(f"{folder}/{name}.subject", encoding="utf-8").read()
    text = open(f"{folder}/{name}.text", encoding="utf-8").read()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    for part in mail.walk():
        check(not part.defects, f"defects {part.defects}")
        for header in part.keys():
            check(not getattr(part[header], "defects", ()), f"{header}: {getattr(part[header], 'defects', ())}")
    check(all(byte < 128 for byte in raw), "not 7-bit")
    check(raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r"), "a line does not end in CRLF")
    head, _, body = raw.partition(b"\r\n\r\n")
    check(all(len(line) <= 76 for line in body.split(b"\r\n")), "a line of the body is longer than 76")
    check(all(len(line) <= 200 for line in head.split(b"\r\n")), "a header line is longer than 200")
    check(mail["Subject"] == subject, f"subject {mail['Subject']!r}, expected {subject!r}")
    # What is sent by the clock is about no incident.
    own = ("X-Apus-Kind",) if name.startswith(("S27", "S28")) else ("X-Apus-Level", "X-Apus-Incident")
    for header in ("From", "To", "Date", "Message-ID", "Subject", "Auto-Submitted", "MIME-Version", "List-Id",
                   "X-Auto-Response-Suppress", *own):
        check(len(mail.get_all(header, [])) == 1, f"{len(mail.get_all(header, []))} headers {header}")
    check(mail["Bcc"] is None, "a header was injected")
    check(re.fullmatch(r"<[A-Za-z0-9._-]+@mon1\.example\.com>", mail["Message-ID"]), mail["Message-ID"])
    check(len((mail["References"] or "").split()) <= 20, "more than 20 references")
    shape = tree(mail)
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    if pictures:
        check(shape == ["alternative", "text/plain", ["related", "text/html"] + ["image/png"] * len(pictures)], str(shape))
    else:
        check(shape in (["alternative", "text/plain", "text/html"], "text/plain"), str(shape))
    plain = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    # Before a boundary the line's end belongs to the boundary.
    check(plain.rstrip("\n") == text.rstrip("\n"), f"text {plain!r}, expected {text!r}")
    page = mail.get_body(("html",))
    if page is not None and page.get_content_type() == "text/html":
        html = page.get_content()
        check(len(html.encode()) < 90_000, "HTML of 90 kB or more")
        check("<script" not in html, "a script")
        check(set(re.findall(r'src="([^"]*)"', html)) == {f"cid:{part['Content-ID'][1:-1]}" for part in pictures},
              "pictures and their names differ")
    for picture in pictures:
        check(png_is_whole(picture.get_content()), "the picture is no PNG")

print(f"{len(names)} mails")
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
