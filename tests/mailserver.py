"""A real SMTP server on loopback that misbehaves on order: TLS, login, and a fault for each address or connection."""

import asyncio
import socket
import ssl
from contextlib import contextmanager
from email import message_from_bytes

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = "svodka", "geheim-geheim"

# What an address can do to a letter; each fault happens once, then the address behaves, but for the last two.
FAULTS = {
    "grey": "451 at RCPT",
    "later": "451 to the final dot",
    "closing": "421 at RCPT and the line is closed",
    "cut": "the line breaks in DATA, before the final dot",
    "slow": "an answer that takes its time",
    "swallow": "taken, and the line breaks before the answer",
    "drop": "not taken, and the line breaks at the final dot",
    "gone": "550 at RCPT, always",
    "spam": "554 to the final dot, always",
}
LASTING = {"gone", "spam"}


class Post:
    """What the server took, and the faults it is to commit."""

    def __init__(self, faults=None, *, slow=0.3):
        self.faults = dict(faults or {})
        self.taken = []  # (address, message)
        self.dropped = []  # addresses whose letter got no answer and was not taken
        self.logins = 0
        self.slow = slow
        self.watch = lambda _step: (
            False
        )  # told of each step: EHLO, MAIL, RCPT, DATA, dot, 250; True cuts the line there

    def fault(self, address, *kinds):
        kind = self.faults.get(address)
        if kind not in kinds:
            return None
        if kind not in LASTING:
            del self.faults[address]
        return kind

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: ARG002, N802 - aiosmtpd's hook
        kind = self.fault(address, "grey", "closing", "gone", "slow")
        if kind == "grey":
            return "451 4.7.1 Greylisted, try again later"
        if kind == "gone":
            return "550 5.1.1 No such user"
        if kind == "closing":
            await server.push("421 4.3.2 Closing")
            server.transport.close()
            return "421 4.3.2 Closing"
        if kind == "slow":
            await asyncio.sleep(self.slow)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: ARG002, N802 - aiosmtpd's hook
        address = envelope.rcpt_tos[0]
        if self.watch("dot"):
            server.transport.abort()
            return "451 never seen"
        kind = self.fault(address, "later", "swallow", "drop", "spam")
        if kind == "later":
            return "451 4.3.0 Try again"
        if kind == "spam":
            return "554 5.7.1 Refused"
        if kind == "drop":
            self.dropped.append(address)
            server.transport.abort()
            return "451 never seen"
        assert len(envelope.rcpt_tos) == 1, "one envelope for each reader"
        self.taken.append((address, envelope.mail_from, message_from_bytes(envelope.original_content)))
        if kind == "swallow" or self.watch("250"):
            server.transport.abort()
        return "250 Taken"

    def authenticate(self, server, session, envelope, mechanism, data):  # noqa: ARG002 - aiosmtpd's hook
        ok = isinstance(data, LoginPassword) and data.login == USER.encode() and data.password == PASSWORD.encode()
        self.logins += ok
        return AuthResult(success=ok, handled=ok)


class Server(SMTP):
    """aiosmtpd's server that can also break the line in the midst of DATA."""

    async def smtp_EHLO(self, hostname):  # noqa: N802 - aiosmtpd's name
        await self._unless_cut("EHLO", super().smtp_EHLO, hostname)

    async def smtp_MAIL(self, arg):  # noqa: N802 - aiosmtpd's name
        await self._unless_cut("MAIL", super().smtp_MAIL, arg)

    async def smtp_RCPT(self, arg):  # noqa: N802 - aiosmtpd's name
        await self._unless_cut("RCPT", super().smtp_RCPT, arg)

    async def smtp_DATA(self, arg):  # noqa: N802 - aiosmtpd's name
        await self._unless_cut("DATA", self._data, arg)

    async def _unless_cut(self, step, go_on, arg):
        if self.event_handler.watch(step):
            self.transport.abort()
        else:
            await go_on(arg)

    async def _data(self, arg):
        post = self.event_handler
        if self.envelope.rcpt_tos and post.fault(self.envelope.rcpt_tos[0], "cut"):
            self._writer.write(b"354 Go on\r\n")
            self.transport.close()  # once the line is written
            return
        await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self):
        return Server(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self):
        socket.create_connection((self.hostname, self.port), 1.0).close()


@contextmanager
def running(post, folder, *, security="starttls", login=False, trusted=True):
    """Run the server; gives the environment by which svodka finds it."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    with socket.create_server(("127.0.0.1", 0)) as free:
        options = {"hostname": "127.0.0.1", "port": free.getsockname()[1]}
    if security == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    elif security == "tls":
        options |= {"ssl_context": context}
    if login:
        options |= {
            "authenticator": post.authenticate,
            "auth_required": True,
            "auth_require_tls": security == "starttls",
        }
    controller = _Controller(post, **options)
    controller.start()
    try:
        env = {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(controller.port),
            "SMTP_SECURITY": security,
        }
        if trusted:
            env["SMTP_CA_FILE"] = str(folder / "ca.pem")
        if login:
            env |= {"SMTP_USER": USER, "SMTP_PASSWORD": PASSWORD}
        yield env
    finally:
        controller.stop()
