package io.diskformat.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Commands of guestfish that are known and not done here, and why. */
final class FishRefusals {
  private static final Map<String, String> ALL = new LinkedHashMap<>();

  static {
    refuse(
        "programs of the guest are not run",
        "command command-lines sh sh-lines debug rsync rsync-in rsync-out");
    refuse(
        "file systems are not made",
        "mkfs mkfs-opts mkfs-b mke2fs mkswap mkswap-L mkswap-U mkfs-btrfs resize2fs resize2fs-M"
            + " xfs-growfs ntfsresize ntfsresize-opts zero zero-device wipefs copy-device-to-file"
            + " copy-file-to-device copy-device-to-device fstrim zerofree zero-free-space"
            + " sparsify");
    refuse(
        "file systems are checked and tuned by their own programs",
        "fsck e2fsck e2fsck-f ntfsfix xfs-repair tune2fs set-label set-uuid set-uuid-random"
            + " set-e2label set-e2uuid xfs-admin btrfs-fsck");
    refuse(
        "partition tables are not made; diskformat resize grows them",
        "part-init part-add part-del part-disk part-set-bootable part-set-mbr-id part-set-name"
            + " part-set-gpt-type part-set-gpt-guid part-set-gpt-attributes part-set-disk-guid"
            + " part-set-disk-guid-random part-resize part-expand-gpt sfdisk sfdiskM sfdisk-N");
    refuse(
        "volumes of LVM are not made",
        "pvcreate pvremove pvresize pvresize-size pvchange-uuid pvchange-uuid-all vgcreate vgremove"
            + " vgrename vg-activate vg-activate-all vgchange-uuid vgchange-uuid-all lvcreate"
            + " lvcreate-free lvremove lvrename lvresize lvresize-free lvm-remove-all"
            + " lvm-set-filter lvm-clear-filter");
    refuse(
        "encrypted volumes inside of disks are not opened",
        "luks-open luks-open-ro luks-close luks-format luks-format-cipher luks-add-key"
            + " luks-kill-slot cryptsetup-open cryptsetup-close clevis-luks-unlock");
    refuse("arrays are not put together", "md-create md-stop md-detail list-md-devices");
    refuse("files get no second names here", "ln ln-f");
    refuse("devices and pipes are not made", "mknod mknod-b mknod-c mkfifo");
    refuse(
        "extended attributes are kept and not changed",
        "setxattr lsetxattr removexattr lremovexattr setcon acl-set-file acl-delete-def-file"
            + " cap-set-file set-e2attrs selinux-relabel setfiles");
    refuse(
        "trees of settings are not taken apart; edit, write and upload change their files",
        "aug-init aug-close aug-get aug-set aug-ls aug-load aug-save aug-match aug-rm aug-defvar"
            + " aug-defnode aug-insert aug-mv aug-clear aug-setm aug-label aug-transform hivex-open"
            + " hivex-close hivex-commit hivex-root hivex-node-get-child hivex-node-set-value"
            + " hivex-value-value hivex-value-utf8");
    refuse("programs of the host are not run", "more less man hexedit display");
    refuse(
        "is of the virtual machine that guestfish starts, and there is none here",
        "set-memsize set-smp set-network set-backend set-backend-setting set-append set-hv set-qemu"
            + " set-path set-verbose set-trace set-autosync set-direct set-selinux set-pgroup"
            + " set-recovery-proc modprobe ping-daemon drop-caches dmesg umask mount-loop"
            + " mount-local remote reopen event delete-event list-events alloc sparse");
  }

  private FishRefusals() {}

  private static void refuse(String why, String names) {
    for (String name : names.split(" ", -1)) {
      ALL.put(name, why);
    }
  }

  /** Returns why a command is not done, if guestfish has it. */
  static Optional<String> why(String name) {
    return Optional.ofNullable(ALL.get(name.replace('_', '-')));
  }
}
