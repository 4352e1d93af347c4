package io.diskformat.inside;

import static io.diskformat.inside.SysprepOperation.removing;

import java.util.List;

/**
 * The operations that there are, by the names that virt-sysprep has for them: those of it that only
 * remove, empty and rewrite files. In a pattern, {@code *} is any name, or a part of one, in one
 * directory; {@code **} is that directory and all below it.
 */
final class SysprepOperations {
  static final List<SysprepOperation> ALL =
      List.of(
          removing("abrt-data", "crashes that ABRT has collected", "/var/spool/abrt/*"),
          removing(
              "backup-files",
              "files that editors left",
              "/etc/**/*.bak",
              "/etc/**/*~",
              "/root/**/*.bak",
              "/root/**/*~",
              "/srv/**/*.bak",
              "/srv/**/*~",
              "/var/**/*.bak",
              "/var/**/*~"),
          removing(
              "bash-history",
              "commands that users have typed",
              "/root/.bash_history",
              "/home/*/.bash_history"),
          removing(
              "blkid-tab",
              "the cache of block devices",
              "/etc/blkid.tab",
              "/etc/blkid/blkid.tab",
              "/run/blkid/blkid.tab",
              "/var/run/blkid/blkid.tab"),
          removing(
                  "ca-certificates",
                  "certificates of the system",
                  "/etc/pki/CA/certs/*",
                  "/etc/pki/CA/crl/*",
                  "/etc/pki/CA/newcerts/*",
                  "/etc/pki/CA/private/*",
                  "/etc/pki/tls/private/*")
              .onlyIfNamed(),
          removing("crash-data", "what kernels left", "/var/crash/*", "/var/log/dump/*"),
          removing(
              "cron-spool",
              "jobs of users for later",
              "/var/spool/cron/*",
              "/var/spool/at/*",
              "/var/spool/atjobs/*",
              "/var/spool/atspool/*"),
          removing(
              "dhcp-client-state",
              "addresses that were leased",
              "/var/lib/dhclient/*",
              "/var/lib/dhcp/*",
              "/var/lib/dhcpcd/*"),
          removing("dhcp-server-state", "addresses that were given out", "/var/lib/dhcpd/*"),
          removing("dovecot-data", "what the Dovecot server keeps", "/var/lib/dovecot/*"),
          removing(
                  "firewall-rules",
                  "rules of the firewall",
                  "/etc/sysconfig/iptables",
                  "/etc/firewalld/services/*",
                  "/etc/firewalld/zones/*")
              .onlyIfNamed(),
          removing(
              "ipa-client",
              "membership in an IPA domain",
              "/etc/ipa/ca.crt",
              "/etc/ipa/default.conf",
              "/var/lib/ipa-client/sysrestore/*",
              "/var/lib/ipa-client/pki/*"),
          removing("kerberos-data", "what the Kerberos server keeps", "/var/kerberos/krb5kdc/*")
              .onlyIfNamed(),
          removing("kerberos-hostkeytab", "the machine's key for Kerberos", "/etc/krb5.keytab"),
          removing(
              "logfiles",
              "logs",
              "/root/install.log",
              "/root/install.log.syslog",
              "/root/anaconda-ks.cfg",
              "/root/anaconda-post.log",
              "/root/initial-setup-ks.cfg",
              "/root/original-ks.cfg",
              "/var/log/*.log*",
              "/var/log/*.gz",
              "/var/log/*-????????",
              "/var/log/anaconda/*",
              "/var/log/apache2/*",
              "/var/log/apt/*",
              "/var/log/aptitude*",
              "/var/log/audit/*",
              "/var/log/btmp*",
              "/var/log/ceph/*.log*",
              "/var/log/chrony/*",
              "/var/log/cron*",
              "/var/log/cups/*_log*",
              "/var/log/debug*",
              "/var/log/dmesg*",
              "/var/log/exim4/*",
              "/var/log/faillog*",
              "/var/log/gdm/*",
              "/var/log/httpd/*",
              "/var/log/installer/*",
              "/var/log/journal/*",
              "/var/log/lastlog*",
              "/var/log/libvirt/*",
              "/var/log/mail/*",
              "/var/log/mail.*",
              "/var/log/maillog*",
              "/var/log/messages*",
              "/var/log/mysql/*",
              "/var/log/nginx/*",
              "/var/log/ntpstats/*",
              "/var/log/ppp/*",
              "/var/log/rhsm/*",
              "/var/log/sa/*",
              "/var/log/secure*",
              "/var/log/spooler*",
              "/var/log/squid/*",
              "/var/log/sssd/*",
              "/var/log/syslog*",
              "/var/log/tallylog*",
              "/var/log/tuned/*.log",
              "/var/log/wtmp*",
              "/var/log/xferlog*",
              "/var/named/data/named.run"),
          removing("machine-id", "what the machine is known by", "/var/lib/dbus/machine-id")
              .emptying("/etc/machine-id"),
          removing("mail-spool", "mail of users", "/var/spool/mail/*", "/var/mail/*"),
          removing("net-hostname", "names in the configuration of networks")
              .without("(DHCP_)?HOSTNAME=.*", "/etc/sysconfig/network-scripts/ifcfg-*"),
          removing("net-hwaddr", "addresses of network cards")
              .without("HWADDR=.*", "/etc/sysconfig/network-scripts/ifcfg-*"),
          removing(
              "net-nmconn",
              "connections of NetworkManager",
              "/etc/NetworkManager/system-connections/*.nmconnection"),
          removing("pacct-log", "the log of processes", "/var/account/pacct-*")
              .emptying("/var/account/pacct"),
          removing(
              "package-manager-cache",
              "packages that were downloaded",
              "/var/cache/apt/archives/*.deb",
              "/var/cache/apt/archives/partial/*",
              "/var/cache/dnf/*",
              "/var/cache/libdnf5/*",
              "/var/cache/yum/*",
              "/var/cache/zypp*/*",
              "/var/cache/apk/*",
              "/var/cache/pacman/pkg/*"),
          removing(
              "pam-data",
              "what login has noted",
              "/var/run/console/*",
              "/var/run/faillock/*",
              "/var/run/sepermit/*"),
          removing(
              "passwd-backups",
              "old copies of the lists of users",
              "/etc/group-",
              "/etc/gshadow-",
              "/etc/passwd-",
              "/etc/shadow-",
              "/etc/subgid-",
              "/etc/subuid-"),
          removing(
              "puppet-data-log",
              "what Puppet keeps",
              "/var/log/puppet/*",
              "/var/lib/puppet/*/*",
              "/var/lib/puppet/state/*"),
          removing("random-seed", "the seed of random numbers, which becomes another")
              .renewing(
                  "/var/lib/random-seed",
                  "/var/lib/urandom/random-seed",
                  "/var/lib/systemd/random-seed"),
          removing(
              "rh-subscription-manager",
              "subscriptions of Red Hat",
              "/etc/pki/consumer/*",
              "/etc/pki/entitlement/*"),
          removing(
              "rhn-systemid",
              "the registration at RHN",
              "/etc/sysconfig/rhn/systemid",
              "/etc/sysconfig/rhn/osad-auth.conf"),
          removing("rpm-db", "what RPM makes anew", "/var/lib/rpm/__db.*"),
          removing(
              "samba-db-log",
              "what Samba keeps",
              "/var/log/samba/old/*",
              "/var/log/samba/*",
              "/var/lib/samba/*.tdb",
              "/var/lib/samba/*/*.tdb"),
          removing(
              "smolt-uuid",
              "the identifier of Smolt",
              "/etc/sysconfig/hw-uuid",
              "/etc/smolt/uuid",
              "/etc/smolt/hw-uuid"),
          removing("ssh-hostkeys", "keys of the SSH server", "/etc/ssh/*_host_*"),
          removing("ssh-userdir", "keys of users for SSH", "/root/.ssh", "/home/*/.ssh"),
          removing("sssd-db-log", "what SSSD keeps", "/var/log/sssd/*", "/var/lib/sss/db/*.ldb"),
          removing(
              "tmp-files", "temporary files", "/tmp/*", "/tmp/.*", "/var/tmp/*", "/var/tmp/.*"),
          removing(
              "udev-persistent-net",
              "names of network cards",
              "/etc/udev/rules.d/70-persistent-net.rules"),
          removing("utmp", "who is logged in", "/run/utmp", "/var/run/utmp"),
          removing("yum-uuid", "the identifier of Yum", "/var/lib/yum/uuid"));

  private SysprepOperations() {}
}
