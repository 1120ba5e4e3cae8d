"""tls-smtp.py CERTIFICATE KEY MODE: a mail server on a loopback port that offers STARTTLS; its stderr names its port, then each login and mail.

MODE: takes (mails), stalls (says nothing after STARTTLS), drops (closes after STARTTLS), implicit (TLS from the first byte).
"""
import socket, ssl, sys, threading

certificate, key, mode = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], file=sys.stderr, flush=True)


def talk(connection):
    if mode == "implicit":
        connection = context.wrap_socket(connection, server_side=True)
    connection.sendall(b"220 tls\r\n")
    stream = connection.makefile("rb")
    secure = mode == "implicit"
    while line := stream.readline():
        verb = line[:4].upper()
        if verb == b"EHLO":
            connection.sendall(b"250-tls\r\n250-AUTH PLAIN\r\n250 SIZE\r\n" if secure else b"250-tls\r\n250 STARTTLS\r\n")
        elif verb == b"STAR":
            connection.sendall(b"220 go\r\n")
            if mode == "stalls":
                while connection.recv(1000):
                    pass
                return
            if mode == "drops":
                return
            connection = context.wrap_socket(connection, server_side=True)
            stream, secure = connection.makefile("rb"), True
        elif verb == b"AUTH":
            if len(line.split()) < 3:
                connection.sendall(b"334 \r\n")
                line = stream.readline()
            print("AUTH", line.split()[-1].decode(), file=sys.stderr, flush=True)
            connection.sendall(b"235 welcome\r\n")
        elif verb == b"DATA":
            connection.sendall(b"354 go\r\n")
            while stream.readline() not in (b".\r\n", b""):
                pass
            print("MAIL", "TLS" if secure else "plain", file=sys.stderr, flush=True)
            connection.sendall(b"250 taken\r\n")
        elif verb == b"QUIT":
            connection.sendall(b"221 bye\r\n")
            return
        else:
            connection.sendall(b"250 fine\r\n")


def serve(connection):
    try:
        talk(connection)
    except OSError:
        pass
    finally:
        connection.close()


while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
