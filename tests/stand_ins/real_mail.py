"""Dovecot and Postfix for tests: instances of their own in a temporary directory, on free loopback ports, as root.

Neither touches the system's configuration, queue or services. Mail leaves this machine by no way: other domains than
the given addresses' are refused.
"""

from __future__ import annotations

import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from hotel_agent.embedded.servers import free_port

PASSWORD = "app-password-0001"
SENT = "Enviados"
START_S = 30.0

_DOVECOT = """
base_dir = {home}/dovecot
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{home}/mail/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
namespace inbox {{
  inbox = yes
  mailbox {sent} {{
    auto = create
    special_use = \\Sent
  }}
}}
"""
_MAIN = """
compatibility_level = 3.6
# What could not begin on a busy machine is tried again soon: a minute long nobody would be answered.
service_throttle_time = 1s
queue_directory = {home}/queue
data_directory = {home}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
myhostname = mail.test.example
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_auth_destination, reject
default_transport = error:nothing leaves this machine
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = texthash:{home}/postfix/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
message_size_limit = 52428800
virtual_mailbox_limit = 0
smtpd_banner = test ESMTP
biff = no
"""
_MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


class RealMailSystem:
    """Both servers; use as a context manager. `empty` gives every mailbox back as new."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self._servers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> RealMailSystem:
        # Not pytest's directory: the servers' own users must be able to walk to it.
        self.home = Path(tempfile.mkdtemp(prefix="mail-"))
        self.home.chmod(0o755)
        owner = pwd.getpwnam("nobody")
        self._ids = (owner.pw_uid, owner.pw_gid)
        self.imap_port, self.smtp_port = free_port(), free_port()
        words = {
            "home": self.home, "uid": owner.pw_uid, "gid": owner.pw_gid, "imap": self.imap_port,
            "smtp": self.smtp_port, "password": PASSWORD, "sent": SENT,
            "domains": ", ".join(sorted({address.partition("@")[2] for address in self.addresses})),
        }  # fmt: skip
        (self.home / "mail").mkdir()
        (self.home / "dovecot.conf").write_text(_DOVECOT.format(**words))
        configuration = self.home / "postfix"
        configuration.mkdir()
        (configuration / "main.cf").write_text(_MAIN.format(**words))
        (configuration / "master.cf").write_text(_MASTER.format(**words))
        lines = [f"{address} {address}/\n" for address in self.addresses]
        (configuration / "mailboxes").write_text("".join(lines))
        for name in ("queue", "data"):
            (self.home / name).mkdir()
        shutil.chown(self.home / "data", "postfix")
        self.empty()
        try:
            self._start(["dovecot", "-F", "-c", str(self.home / "dovecot.conf")], self.imap_port)
            self._start(["postfix", "-c", str(configuration), "start-fg"], self.smtp_port)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self, command: list[str], port: int) -> None:
        log = (self.home / "start.log").open("ab")
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self._servers.append(process)
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            if process.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{command[0]} did not start:\n{self.logs()}")

    def logs(self) -> str:
        """What the servers wrote, the newest part."""
        found = [path.read_text(errors="replace")[-2000:] for path in sorted(self.home.glob("*.log"))]
        return "\n".join(found)

    def __exit__(self, *_: object) -> None:
        subprocess.run(["postfix", "-c", str(self.home / "postfix"), "stop"], capture_output=True, check=False)
        for process in self._servers:
            process.terminate()
        for process in self._servers:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def imap_url(self) -> str:
        """For an account's settings."""
        return f"imap://127.0.0.1:{self.imap_port}"

    @property
    def smtp_url(self) -> str:
        """For an account's settings."""
        return f"smtp://127.0.0.1:{self.smtp_port}"

    def empty(self) -> None:
        """Every mailbox is new again."""
        for address in self.addresses:
            directory = self.home / "mail" / address
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir()
            shutil.chown(directory, *self._ids)

    def renumber(self, address: str) -> None:
        """What happens when a server's index is lost: another UIDVALIDITY (its seconds must have passed)."""
        time.sleep(1.1)
        directory = self.home / "mail" / address
        for path in [*directory.glob("dovecot*")]:
            if path.is_file():
                path.unlink()
