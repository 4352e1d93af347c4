package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.filesystem.FileNode;
import io.diskformat.inside.Disk;
import io.diskformat.inside.KernelMount;
import io.diskformat.testing.Oracle;
import io.diskformat.transfer.ContentHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The session that this is made for: a guest forgets its network interfaces, and its first one is
 * configured.
 */
class SeedSessionTest {
  private static final Path MAKER = Path.of("../../shared/seed-image/make-seed-image.sh");
  private static final String RULES = "/etc/udev/rules.d/70-persistent-net.rules";
  private static final String INTERFACE = "/etc/sysconfig/network-scripts/ifcfg-eth0";
  private static final byte[] BEFORE = configuration("no", "none");
  private static final byte[] AFTER = configuration("yes", "dhcp");

  @TempDir Path directory;

  private static byte[] configuration(String onBoot, String protocol) {
    return "DEVICE=eth0\nTYPE=Ethernet\nONBOOT=%s\nNM_CONTROLLED=yes\nBOOTPROTO=%s\n"
        .formatted(onBoot, protocol)
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static void session(BlockDevice device, byte[] after) throws IOException {
    // Each byte of the seconds differs from those of the files.
    try (ExtEdit edit = ExtEdit.of(device, Instant.ofEpochSecond(0x67F0_F1F2L))) {
      edit.setSize(Edits.find(edit, RULES), 0);
      Edits.write(edit, INTERFACE, 0, after);
      edit.commit();
    }
  }

  /** Returns how many bytes differ between two disks. */
  private static int differences(BlockDevice one, BlockDevice other) throws IOException {
    assertEquals(one.size(), other.size());
    int differ = 0;
    byte[] a = new byte[1 << 20];
    byte[] b = new byte[1 << 20];
    for (long at = 0; at < one.size(); at += a.length) {
      int length = (int) Math.min(a.length, one.size() - at);
      one.read(at, ByteBuffer.wrap(a, 0, length));
      other.read(at, ByteBuffer.wrap(b, 0, length));
      for (int i = Arrays.mismatch(a, 0, length, b, 0, length); i >= 0 && i < length; i++) {
        differ += a[i] == b[i] ? 0 : 1;
      }
    }
    return differ;
  }

  /** Makes a volume as an installation would have left it, its files of another time. */
  private Path volume(ExtFlavour flavour) throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    Path rules = files.resolve(RULES.substring(1));
    Path configuration = files.resolve(INTERFACE.substring(1));
    Files.createDirectories(rules.getParent());
    Files.createDirectories(configuration.getParent());
    Files.writeString(rules, "SUBSYSTEM==\"net\", NAME=\"eth0\"\n".repeat(10));
    Files.write(configuration, BEFORE);
    Path image = directory.resolve("image");
    flavour.make(image, files, "24M");
    return image;
  }

  @ParameterizedTest
  @CsvSource({"GROUP_CHECKSUMS, 62", "MODERN, 78"})
  void changesFewBytes(ExtFlavour flavour, int most) throws IOException {
    Path image = volume(flavour);
    Path before = Files.copy(image, directory.resolve("before"));
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
        DiskImage old = DiskImages.open(before, OpenOptions.readOnly().format("raw"))) {
      session(disk, AFTER);
      int changed = differences(old, disk);
      assertTrue(changed <= most && changed > most - 12, changed + " bytes");
    }
    Edits.assertSilent(image);
  }

  private Path disk(String flavour, String layout) throws IOException {
    assumeTrue(Files.exists(MAKER));
    Path image = directory.resolve("disk");
    ProcessBuilder maker = new ProcessBuilder("bash", MAKER.toString(), image.toString());
    maker.environment().put("FLAVOR", flavour);
    maker.environment().put("LAYOUT", layout);
    maker.environment().put("TMPDIR", directory.toString());
    assertEquals(0, maker.inheritIO().start().onExit().join().exitValue());
    return image;
  }

  /** What the session did, as Linux sees it; it can write there, too. */
  private void assertTheKernelSees(Path volume, byte[] after) throws Exception {
    try (KernelMount mount = KernelMount.of(volume, directory.resolve("mounted"), "rw")) {
      assertEquals(0, Files.size(mount.root().resolve(RULES.substring(1))));
      assertArrayEquals(after, Files.readAllBytes(mount.root().resolve(INTERFACE.substring(1))));
      Files.writeString(mount.root().resolve("etc/written"), "by the kernel");
    }
    Edits.assertSilent(volume);
  }

  @ParameterizedTest
  @CsvSource({
    "GROUP_CHECKSUMS, raw",
    "GROUP_CHECKSUMS, qcow2 over raw",
    "GROUP_CHECKSUMS, vmdk",
    "GROUP_CHECKSUMS, vdi",
    "MODERN, raw",
    "MODERN, qcow2 over raw",
    "MODERN, vmdk",
    "MODERN, vdi"
  })
  void theKernelSeesIt(ExtFlavour flavour, String format) throws Exception {
    Path raw = volume(flavour);
    Path image = format.equals("raw") ? raw : inFormat(raw, format);
    try (DiskImage disk =
        DiskImages.open(
            image,
            OpenOptions.writable()
                .format(format.split(" ")[0])
                .references(ReferencePolicy.sameDirectory()))) {
      session(disk, AFTER);
    }
    Path shown = directory.resolve("shown");
    Oracle.qemuImg("convert", "-O", "raw", image, shown).orFail();
    assertTheKernelSees(shown, AFTER);
  }

  @ParameterizedTest
  @CsvSource({"el6, split", "el6, plain", "modern, split", "modern, plain"})
  void theKernelSeesTheDisk(String flavour, String layout) throws Exception {
    Path image = disk(flavour, layout);
    Path volume = directory.resolve("volume");
    byte[] after;
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"))) {
      BlockDevice root = Disk.of(disk).volume("/dev/vgsys/lvroot").device();
      after = edited(content(root));
      session(root, after);
      try (FileChannel copy =
          FileChannel.open(volume, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
        for (long at = 0; at < root.size(); at += buffer.limit()) {
          root.read(at, buffer.clear().limit((int) Math.min(1 << 20, root.size() - at)));
          copy.write(buffer.flip(), at);
        }
      }
    }
    assertTheKernelSees(volume, after);
  }

  private Path inFormat(Path raw, String format) {
    Path image = directory.resolve("disk." + format.split(" ")[0]);
    if (format.equals("qcow2 over raw")) {
      Oracle.qemuImg("create", "-q", "-f", "qcow2", "-b", raw, "-F", "raw", image).orFail();
    } else {
      Oracle.qemuImg("convert", "-f", "raw", "-O", format, raw, image).orFail();
    }
    return image;
  }

  @ParameterizedTest
  @CsvSource({"el6, 62", "modern, 78"})
  void ofTheDiskItself(String flavour, int most) throws IOException {
    Path image = disk(flavour, "split");
    Path before = Files.copy(image, directory.resolve("before"));
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
        DiskImage old = DiskImages.open(before, OpenOptions.readOnly().format("raw"))) {
      BlockDevice root = Disk.of(disk).volume("/dev/vgsys/lvroot").device();
      byte[] text = content(root);
      session(root, edited(text));
      int changed = differences(old, disk);
      assertTrue(changed <= most && changed > most - 12, changed + " bytes");
      assertArrayEquals(edited(text), content(root));
    }
  }

  private static byte[] content(BlockDevice root) throws IOException {
    FileNode node = new Ext().open(root, Map.of()).root();
    for (String name : INTERFACE.substring(1).split("/")) {
      node = node.find(name).orElseThrow();
    }
    try (BlockDevice content = node.content()) {
      byte[] bytes = new byte[(int) content.size()];
      content.read(0, bytes);
      return bytes;
    }
  }

  private static byte[] edited(byte[] text) {
    return new String(text, StandardCharsets.US_ASCII)
        .replace("ONBOOT=no", "ONBOOT=yes")
        .replace("BOOTPROTO=none", "BOOTPROTO=dhcp")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** What an image shows after the session is the same in each format; what it is over stays. */
  @ParameterizedTest
  @ValueSource(strings = {"qcow2 over raw", "vmdk", "vdi", "qcow2"})
  void isTheSameInEachFormat(String format) throws IOException {
    Path raw = volume(ExtFlavour.MODERN);
    byte[] before = Files.readAllBytes(raw);
    Path image = inFormat(raw, format);
    String hash;
    try (DiskImage disk =
        DiskImages.open(
            image, OpenOptions.writable().references(ReferencePolicy.sameDirectory()))) {
      session(disk, AFTER);
      hash = ContentHash.sha256().of(disk).hex();
    }
    assertArrayEquals(before, Files.readAllBytes(raw));
    Oracle.qemuImg("check", "-q", image).orFail();
    Path shown = directory.resolve("shown");
    Oracle.qemuImg("convert", "-O", "raw", image, shown).orFail();
    Edits.assertSilent(shown);
    try (DiskImage disk = DiskImages.open(raw, OpenOptions.writable().format("raw"))) {
      session(disk, AFTER);
      assertEquals(hash, ContentHash.sha256().of(disk).hex());
    }
    assertEquals(-1L, Files.mismatch(raw, shown));
  }
}
