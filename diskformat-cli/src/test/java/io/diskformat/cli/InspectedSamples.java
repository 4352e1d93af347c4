package io.diskformat.cli;

import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;

/** Images of each kind, sane and hostile, and what an inspection is to say of each. */
final class InspectedSamples {
  /** Stands for the length of the file. */
  static final long ALL = -1;

  /** Stands for an image that is sane. */
  static final String SANE = "";

  private static final int MIB = 1 << 20;
  private static final int DISK = 4 << 20;
  private static final String QCOW2 = "qcow2";
  private static final String VMDK = "vmdk";
  private static final String VDI = "vdi";
  private static final String RAW = "raw";
  private static final String ISO = "iso";
  private static final String TABLE = "partition-table";

  /**
   * An image.
   *
   * @param format that it is of
   * @param rule of the first refusal, or {@link #SANE}
   * @param provenBy how many bytes show that refusal
   */
  record Sample(Path file, String format, String rule, long provenBy) {
    long proof() throws IOException {
      return provenBy == ALL ? Files.size(file) : provenBy;
    }

    @Override
    public String toString() {
      return String.valueOf(file.getFileName());
    }
  }

  private final Path directory;
  private final List<Sample> samples = new ArrayList<>();
  private final Path source;

  private InspectedSamples(Path directory) throws IOException {
    this.directory = directory;
    this.source = Files.createFile(directory.resolve("source"));
    byte[] data = new byte[300_000];
    new Random(1).nextBytes(data);
    try (RandomAccessFile file = new RandomAccessFile(source.toFile(), "rw")) {
      file.seek(100_000);
      file.write(data);
      file.setLength(MIB);
    }
  }

  /** Makes all of them in a directory, which stays below 32 MiB. */
  static List<Sample> in(Path directory) throws IOException {
    InspectedSamples made = new InspectedSamples(directory);
    made.qcow2();
    made.hostileQcow2();
    made.vmdk();
    made.hostileVmdk();
    made.vdi();
    made.raw();
    made.gpt();
    made.discs();
    made.foreign();
    return made.samples;
  }

  // Making one

  private void add(Path file, String format, String rule, long provenBy) {
    samples.add(new Sample(file, format, rule, provenBy));
  }

  private Path path(String name) {
    return directory.resolve(name);
  }

  private Path converted(String name, String format, String options, String... more) {
    Path file = path(name);
    List<Object> command = new ArrayList<>(List.of("convert", "-f", RAW, "-O", format));
    command.addAll(List.of(more));
    if (!options.isEmpty()) {
      command.addAll(List.of("-o", options));
    }
    command.addAll(List.of(source, file));
    Oracle.qemuImg(command.toArray()).orFail();
    return file;
  }

  private Path created(String name, String format, String size, Object... more) {
    Path file = path(name);
    List<Object> command = new ArrayList<>(List.of("create", "-q", "-f", format));
    command.addAll(List.of(more));
    command.add(file);
    if (!size.isEmpty()) {
      command.add(size);
    }
    Oracle.qemuImg(command.toArray()).orFail();
    return file;
  }

  private Path copy(Path original, String name) throws IOException {
    return Files.copy(original, path(name));
  }

  private static Path patched(Path file, long position, byte... bytes) throws IOException {
    try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
      opened.seek(position);
      opened.write(bytes);
    }
    return file;
  }

  private static Path patched(Path file, long position, String latin1) throws IOException {
    return patched(file, position, latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static Path cut(Path file, long length) throws IOException {
    try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
      opened.setLength(length);
    }
    return file;
  }

  private Path text(String name, String text) throws IOException {
    return Files.write(path(name), text.getBytes(StandardCharsets.ISO_8859_1));
  }

  // qcow2

  private void qcow2() throws IOException {
    add(converted("plain.qcow2", QCOW2, ""), QCOW2, SANE, 0);
    add(converted("old.qcow2", QCOW2, "compat=0.10"), QCOW2, SANE, 0);
    add(converted("extended.qcow2", QCOW2, "extended_l2=on"), QCOW2, SANE, 0);
    add(converted("zlib.qcow2", QCOW2, "", "-c"), QCOW2, SANE, 0);
    add(converted("zstd.qcow2", QCOW2, "compression_type=zstd", "-c"), QCOW2, SANE, 0);
    add(converted("small.qcow2", QCOW2, "cluster_size=512"), QCOW2, SANE, 0);
    add(converted("large.qcow2", QCOW2, "cluster_size=2M"), QCOW2, SANE, 0);
    add(converted("narrow.qcow2", QCOW2, "refcount_bits=1"), QCOW2, SANE, 0);
    add(created("lazy.qcow2", QCOW2, "1T", "-o", "lazy_refcounts=on"), QCOW2, SANE, 0);
    add(created("metadata.qcow2", QCOW2, "8M", "-o", "preallocation=metadata"), QCOW2, SANE, 0);
    Path snapshot = converted("snapshot.qcow2", QCOW2, "");
    Oracle.qemuImg("snapshot", "-c", "one", snapshot).orFail();
    QemuIo.on(snapshot, QCOW2).fill(9, 0, 65536).run().orFail();
    add(snapshot, QCOW2, SANE, 0);
  }

  private void hostileQcow2() throws IOException {
    Path plain = path("plain.qcow2");
    Object[] backing = {"-b", plain, "-F", QCOW2};
    add(created("backing.qcow2", QCOW2, "", backing), QCOW2, "qcow2.backing-file", 16);
    String data = "data_file=" + path("data.bin");
    add(created("data-file.qcow2", QCOW2, "1M", "-o", data), QCOW2, "qcow2.data-file", 80);
    Object[] luks = {
      "--object",
      "secret,id=s,data=x",
      "-o",
      "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10"
    };
    add(created("luks.qcow2", QCOW2, "1M", luks), QCOW2, "encrypted", 36);
    add(patched(copy(plain, "aes.qcow2"), 35, "\1"), QCOW2, "encrypted", 36);
    add(patched(copy(plain, "cipher.qcow2"), 35, "\7"), QCOW2, "qcow2.unknown-feature", 36);
    add(patched(copy(plain, "v4.qcow2"), 7, "\4"), QCOW2, "qcow2.unknown-feature", 8);
    add(patched(copy(plain, "bit5.qcow2"), 79, "\40"), QCOW2, "qcow2.unknown-feature", 80);
    add(patched(copy(plain, "bit63.qcow2"), 72, "\200"), QCOW2, "qcow2.unknown-feature", 80);
    add(patched(copy(plain, "corrupt.qcow2"), 79, "\2"), QCOW2, "qcow2.corrupt", 80);
    add(patched(copy(plain, "zip.qcow2"), 104, "\2"), QCOW2, "qcow2.unknown-feature", 105);
    add(patched(copy(plain, "huge.qcow2"), 24, "\377"), QCOW2, "virtual-size", 32);
    add(patched(copy(plain, "clusters.qcow2"), 23, "\100"), QCOW2, "qcow2.header", 24);
    add(patched(copy(plain, "tables.qcow2"), 36, "\177"), QCOW2, "qcow2.header", 48);
    add(patched(copy(plain, "extension.qcow2"), 116, "\177"), QCOW2, "qcow2.header", 120);
    add(patched(copy(plain, "disc.qcow2"), 0x8001, "CD001"), QCOW2, "polyglot", 0x8006);
    long length = Files.size(plain);
    add(cut(copy(plain, "cut-data.qcow2"), length - 65536), QCOW2, "truncated", ALL);
    add(cut(copy(plain, "cut-tables.qcow2"), 0x30004), QCOW2, "truncated", ALL);
    add(cut(copy(plain, "cut-header.qcow2"), 50), QCOW2, "truncated", ALL);
    Path zlib = path("zlib.qcow2");
    add(cut(copy(zlib, "cut-zlib.qcow2"), Files.size(zlib) - 70_000), QCOW2, "truncated", ALL);
  }

  // VMDK

  private void vmdk() throws IOException {
    add(converted("sparse.vmdk", VMDK, "subformat=monolithicSparse"), VMDK, SANE, 0);
    add(converted("stream.vmdk", VMDK, "subformat=streamOptimized"), VMDK, SANE, 0);
    add(converted("zeroed.vmdk", VMDK, "zeroed_grain=on"), VMDK, SANE, 0);
    Path flat = converted("flat.vmdk", VMDK, "subformat=monolithicFlat");
    add(flat, VMDK, "vmdk.extent-path", lineEnd(flat, "FLAT"));
    Path parts = converted("parts.vmdk", VMDK, "subformat=twoGbMaxExtentSparse");
    add(parts, VMDK, "vmdk.extent-path", lineEnd(parts, "SPARSE"));
    Path flats = converted("flats.vmdk", VMDK, "subformat=twoGbMaxExtentFlat");
    add(flats, VMDK, "vmdk.extent-path", lineEnd(flats, "FLAT"));
    // An extent of QEMU's has room for a descriptor, and none in it.
    add(path("parts-s001.vmdk"), VMDK, "vmdk.descriptor", 513);
  }

  /** Returns where the line ends in which a text first occurs. */
  private static long lineEnd(Path file, String text) throws IOException {
    String all = Files.readString(file, StandardCharsets.ISO_8859_1);
    return all.indexOf('\n', all.indexOf(text)) + 1L;
  }

  private void hostileVmdk() throws IOException {
    Path sparse = path("sparse.vmdk");
    Path child = created("child.vmdk", VMDK, "", "-b", sparse, "-F", VMDK);
    add(child, VMDK, "vmdk.parent", lineEnd(child, "parentCID"));
    add(patched(copy(sparse, "v9.vmdk"), 4, "\11"), VMDK, "vmdk.unknown-feature", 8);
    add(patched(copy(sparse, "flags.vmdk"), 11, "\200"), VMDK, "vmdk.unknown-feature", 12);
    add(patched(copy(sparse, "huge.vmdk"), 18, "\177"), VMDK, "virtual-size", 20);
    add(patched(copy(sparse, "grain.vmdk"), 20, "\201"), VMDK, "vmdk.header", 28);
    add(patched(copy(sparse, "unfinished.vmdk"), 0, "kdmv"), VMDK, "vmdk.unfinished", 4);
    add(patched(copy(sparse, "text.vmdk"), 73, "\n\n\n\n"), VMDK, "vmdk.line-ends", 79);
    // QEMU then opens what the descriptor names.
    Path empty = patched(copy(sparse, "empty.vmdk"), 12, new byte[8]);
    add(empty, VMDK, "vmdk.capacity", 20);
    add(rewritten(sparse, "passwd.vmdk", "\"sparse.vmdk\"", "\"/etc/passwd\""));
    add(rewritten(sparse, "type.vmdk", " SPARSE ", " FLAT "));
    add(rewritten(sparse, "second.vmdk", "\n# The Disk", "\nRW 1 FLAT \"y\" 0\n# The Disk"));
    Path moved = patched(copy(sparse, "moved.vmdk"), 28, "\2");
    add(moved, VMDK, "vmdk.descriptor-place", 44);
    Path twice = patched(copy(sparse, "twice.vmdk"), 2048, "#diskformat-rewrite ");
    add(twice, VMDK, "vmdk.descriptor", 2048 + 19);
    Path junk = patched(copy(sparse, "junk.vmdk"), 512, "\1\2\3\n");
    add(junk, VMDK, "vmdk.descriptor", 516);
    Path cut = copy(sparse, "cut.vmdk");
    add(cut(cut, Files.size(cut) - 65536), VMDK, "truncated", ALL);
    Path stream = path("stream.vmdk");
    add(cut(copy(stream, "cut-data.vmdk"), Files.size(stream) - 90_000), VMDK, "truncated", ALL);
    Path footed = path("footed.vmdk");
    Cli.run("convert", "-f", RAW, "-O", VMDK, "-o", "subformat=streamOptimized", source, footed)
        .orFail();
    add(footed, VMDK, SANE, 0);
    long end = Files.size(footed);
    add(cut(copy(footed, "cut-stream.vmdk"), end - 1536), VMDK, "truncated", ALL);
    Path footer = patched(copy(footed, "footer.vmdk"), end - 1024 + 12, "\1");
    add(footer, VMDK, "vmdk.footer", ALL);
    Path again = copy(footed, "footer-again.vmdk");
    add(
        patched(again, end - 1024 + 56, "\377\377\377\377\377\377\377\377"),
        VMDK,
        "vmdk.footer",
        ALL);
    String start = "# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\n";
    String type = "createType=\"monolithicFlat\"\n";
    Path shadow = text("shadow.vmdk", start + type + "RW 1 FLAT \"/etc/shadow\" 0\n");
    add(shadow, VMDK, "vmdk.extent-path", Files.size(shadow));
    Path device =
        text("device.vmdk", "version=1\ncreateType=\"fullDevice\"\nRW 1 FLAT \"/dev/sda\"");
    add(device, VMDK, "vmdk.extent-path", ALL);
    Path encrypted = text("encrypted.vmdk", "version=2\nencoding=\"UTF-8\"\n");
    add(encrypted, VMDK, "encrypted", 10);
    Path none = text("none.vmdk", start + type);
    add(none, VMDK, "vmdk.descriptor", ALL);
    add(text("cowd.vmdk", "COWD\1\0\0\0\3\0\0\0\0\10\0\0"), VMDK, "vmdk.lone-extent", 4);
  }

  private Sample rewritten(Path original, String name, String from, String to) throws IOException {
    String all = Files.readString(original, StandardCharsets.ISO_8859_1);
    String head = all.substring(512, 512 + 20 * 512);
    String changed = (head.replace(from, to) + "\0".repeat(512)).substring(0, head.length());
    Path file = patched(copy(original, name), 512, changed);
    int extent = changed.indexOf("\nRW ", changed.indexOf("createType"));
    int line = name.startsWith("second") ? changed.indexOf("\nRW ", extent + 1) : extent;
    return new Sample(file, VMDK, "vmdk.extent-path", 512 + changed.indexOf('\n', line + 1) + 1);
  }

  private void add(Sample sample) {
    samples.add(sample);
  }

  // VDI

  private void vdi() throws IOException {
    Path dynamic = converted("dynamic.vdi", VDI, "");
    add(dynamic, VDI, SANE, 0);
    add(converted("fixed.vdi", VDI, "static=on"), VDI, SANE, 0);
    add(patched(copy(dynamic, "difference.vdi"), 76, "\4"), VDI, "vdi.parent", 80);
    add(patched(copy(dynamic, "parent.vdi"), 430, "\1"), VDI, "vdi.parent", 440);
    add(patched(copy(dynamic, "v2.vdi"), 70, "\2"), VDI, "vdi.unknown-feature", 72);
    add(patched(copy(dynamic, "type.vdi"), 76, "\11"), VDI, "vdi.unknown-feature", 80);
    add(patched(copy(dynamic, "flags.vdi"), 80, "\2"), VDI, "vdi.unknown-feature", 84);
    add(patched(copy(dynamic, "huge.vdi"), 375, "\377"), VDI, "virtual-size", 376);
    add(patched(copy(dynamic, "blocks.vdi"), 376, "\3"), VDI, "vdi.header", 392);
    add(cut(copy(dynamic, "cut.vdi"), Files.size(dynamic) - 4096), VDI, "truncated", ALL);
    add(patched(copy(dynamic, "disc.vdi"), 0x8001, "CD001"), VDI, "polyglot", 0x8006);
  }

  // raw

  private void raw() throws IOException {
    add(copy(source, "noise.raw"), RAW, SANE, 0);
    add(Files.createFile(path("empty.raw")), RAW, SANE, 0);
    add(text("odd.raw", "x".repeat(12_345)), RAW, SANE, 0);
    String logical = "start=1088,size=512,type=83\nstart=2048,size=512,type=83\n";
    Path dos =
        partitioned(
            "dos.raw",
            "label: dos\nstart=64,size=512,type=83\nstart=1024,size=3000,type=5\n" + logical);
    add(dos, RAW, SANE, 0);
    add(patched(copy(dos, "flag.raw"), 446, "\22"), RAW, TABLE, 512);
    Path overlap =
        partitioned(
            "overlap.raw", "label: dos\nstart=64,size=512,type=83\nstart=1024,size=512,type=83\n");
    add(patched(overlap, 462 + 8, "\101\0"), RAW, TABLE, 0x9800);
    Path beyond = partitioned("beyond.raw", "label: dos\nstart=64,size=512,type=83\n");
    add(patched(beyond, 446 + 14, "\1"), RAW, TABLE, ALL);
    Path loop = copy(dos, "loop.raw");
    long extended = 1024L * 512;
    add(patched(loop, extended + 462 + 8, new byte[4]), RAW, TABLE, extended + 512);
  }

  private Path partitioned(String name, String script) throws IOException {
    Path file = path(name);
    try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
      opened.setLength(DISK);
    }
    Oracle.of("sfdisk").input(script).run("-q", file).orFail();
    return file;
  }

  private void gpt() throws IOException {
    Path gpt = partitioned("gpt.raw", "label: gpt\n,1M\n,1M\n");
    add(gpt, RAW, SANE, 0);
    add(patched(copy(gpt, "late.raw"), 446 + 8, "\2"), RAW, TABLE, 512);
    add(patched(copy(gpt, "chs.raw"), 446 + 2, "\3"), RAW, SANE, 0);
    add(patched(copy(path("noise.raw"), "blank.raw"), 510, "U\252"), RAW, SANE, 0);
    Path entries = patched(copy(gpt, "entries.raw"), 1024 + 56, "x");
    add(entries, RAW, TABLE, 1024 + 16384);
    Path none = patched(copy(gpt, "none.raw"), 520, "\2");
    add(patched(none, DISK - 512, "x"), RAW, TABLE, ALL);
    add(cut(copy(gpt, "cut.raw"), 2 * MIB), RAW, TABLE, ALL);
    // Both copies vouch for themselves, and list other partitions.
    Path two = copy(gpt, "two.raw");
    try (RandomAccessFile file = new RandomAccessFile(two.toFile(), "rw")) {
      byte[] list = new byte[16384];
      file.seek(DISK - 33 * 512);
      file.readFully(list);
      list[40]++;
      file.seek(DISK - 33 * 512);
      file.write(list);
      byte[] header = new byte[512];
      file.seek(DISK - 512);
      file.readFully(header);
      ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
      fields.putInt(88, crc(list, list.length)).putInt(16, 0);
      fields.putInt(16, crc(header, 92));
      file.seek(DISK - 512);
      file.write(header);
    }
    add(two, RAW, TABLE, ALL);
    Path hybrid = patched(copy(gpt, "hybrid.raw"), 462, "\0\0\0\0\203\0\0\0\7\0\0\0\7\0\0\0");
    add(hybrid, RAW, TABLE, 0x9800);
  }

  private static int crc(byte[] bytes, int length) {
    CRC32 crc = new CRC32();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  // Discs, and what is not ours

  private void discs() throws IOException {
    Path tree = Files.createDirectory(path("tree"));
    Files.writeString(Files.createFile(tree.resolve("file")), "content");
    Path disc = path("disc.iso");
    Oracle.of("xorriso").run("-as", "mkisofs", "-quiet", "-r", "-J", "-o", disc, tree).orFail();
    add(disc, ISO, SANE, 0);
    Path hybrid = path("hybrid.iso");
    Path appended = Files.write(path("appended"), new byte[65536]);
    Oracle.of("xorriso")
        .run(
            "-as",
            "mkisofs",
            "-quiet",
            "-r",
            "-append_partition",
            2,
            "0xef",
            appended,
            "-o",
            hybrid,
            tree)
        .orFail();
    add(hybrid, ISO, SANE, 0);
    add(cut(copy(disc, "cut.iso"), Files.size(disc) - 4096), ISO, "truncated", ALL);
    Path cue =
        text("disc.cue", "FILE \"a.bin\" BINARY\n TRACK 01 MODE1/2352\n INDEX 01 00:00:00\n");
    add(cue, ISO, "iso.data-file", ALL);
  }

  /** Returns where the parameters of a VHDX image are, which are the first of its metadata. */
  private static long parameters(Path vhdx) throws IOException {
    byte[] bytes = Files.readAllBytes(vhdx);
    int table = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("metadata\0\0");
    return table + ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(table + 32 + 16);
  }

  private void foreign() throws IOException {
    add(converted("disk.vhd", "vpc", ""), "vpc", "foreign-format", 8);
    Path fixed = converted("fixed.vhd", "vpc", "subformat=fixed");
    add(fixed, "vpc", "foreign-format", ALL);
    Path vhdx = created("disk.vhdx", "vhdx", "1M");
    add(vhdx, "vhdx", "foreign-format", 8);
    add(patched(copy(vhdx, "child.vhdx"), parameters(vhdx) + 4, "\2"), "vhdx", "foreign-format", 8);
    add(created("disk.qed", "qed", "1M"), "qed", "foreign-format", 4);
    Object[] backing = {"-b", path("noise.raw"), "-F", RAW};
    add(created("child.qed", "qed", "", backing), "qed", "foreign-format", 4);
    add(created("disk.qcow", "qcow", "1M"), "qcow", "foreign-format", 8);
    add(created("disk.hdd", "parallels", "1M"), "parallels", "foreign-format", 16);
    Object[] luks = {"--object", "secret,id=s,data=x", "-o", "key-secret=s,iter-time=10"};
    Path encrypted = created("disk.luks", "luks", "1M", luks);
    add(encrypted, "luks", "encrypted", 6);
    add(patched(copy(encrypted, "v2.luks"), 7, "\2"), "luks", "encrypted", 6);
    add(text("disk.gz", "\37\u008b\10" + "x".repeat(600)), "gzip", "foreign-format", 3);
    add(text("disk.bz2", "BZh91AY&SY" + "x".repeat(600)), "bzip2", "foreign-format", 10);
    Path dmg = text("disk.dmg", "x".repeat(2048) + "koly\0\0\0\4\0\0\2\0" + "x".repeat(500));
    add(dmg, "dmg", "foreign-format", ALL);
  }
}
