"""web-sink.py [CERTIFICATE KEY]: a web server on a loopback port; its stderr names its port, then each request as a line of JSON.

The end of a request's path says what it does: ok, status-NNN, redirect, hang, close, late-body, endless-body, endless-headers, garbage.
"""
import json, socket, ssl, sys, threading

context = None
if len(sys.argv) > 1:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[1:])
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
print(port, file=sys.stderr, flush=True)
lock = threading.Lock()


def wait_for_the_end(connection):
    while connection.recv(65536):
        pass


def talk(connection):
    if context:
        connection = context.wrap_socket(connection, server_side=True)
    stream = connection.makefile("rb")
    method, path, _ = stream.readline().decode().split(" ", 2)
    headers = {}
    while (line := stream.readline().rstrip(b"\r\n")):
        name, _, value = line.partition(b":")
        headers[name.decode().lower()] = value.strip().decode()
    body = stream.read(int(headers.get("content-length", 0))).decode()
    with lock:
        print(json.dumps({"method": method, "path": path, "headers": headers, "body": body}), file=sys.stderr, flush=True)
    what = path.rpartition("/")[2]

    def answer(status, text, more=""):
        text = text.encode()
        connection.sendall(f"HTTP/1.1 {status} x\r\nContent-Length: {len(text)}\r\n{more}\r\n".encode() + text)

    if what == "hang":
        wait_for_the_end(connection)
    elif what == "close":
        return
    elif what == "redirect":
        answer(302, "moved", f"Location: http://127.0.0.1:{port}/ok\r\n")
    elif what.startswith("status-"):
        answer(what[7:], f"\r\nno {path}\u202e here\r\nsecond line\r\n")
    elif what == "late-body":
        connection.sendall(b"HTTP/1.1 200 x\r\nContent-Length: 10\r\n\r\nta")
        wait_for_the_end(connection)
    elif what == "endless-body":
        connection.sendall(b"HTTP/1.1 200 x\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)
    elif what == "endless-headers":
        connection.sendall(b"HTTP/1.1 200 x\r\n")
        while True:
            connection.sendall(b"X-More: %b\r\n" % (b"x" * 1000) * 50)
    elif what == "garbage":
        connection.sendall(b"nonsense\r\n" * 10)
    else:
        answer(200, "taken")


def serve(connection):
    try:
        talk(connection)
    except OSError:
        pass
    finally:
        connection.close()


while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
