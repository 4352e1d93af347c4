package io.diskformat.opening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.UnrecognizedFormatException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What bears a mark is never raw by guess; what raw disks hold bears none. */
class RecognitionTest {
  private static final int SIZE = 6 << 20;

  private static final List<OpenOptions> PROBING =
      List.of(
          OpenOptions.readOnly(), OpenOptions.readOnly().metadataOnly(), OpenOptions.writable());

  @TempDir private Path directory;

  /** Writes a file that is nothing but a mark and, around it, what has no meaning. */
  private Path image(int size, long offset, byte[] mark) throws IOException {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) '.');
    return write(bytes, offset, mark);
  }

  private Path write(byte[] bytes, long offset, byte[] mark) throws IOException {
    ByteBuffer.wrap(bytes).put((int) (offset < 0 ? bytes.length + offset : offset), mark);
    return Files.write(directory.resolve("foreign.img"), bytes);
  }

  private static void assertRefused(String format, Path path) throws IOException {
    assertEquals(Optional.of(format), DiskImages.probe(path));
    for (OpenOptions options : PROBING) {
      assertRefused(format, path, () -> DiskImages.open(path, options).close());
      assertRefused(format, path, () -> DiskImages.maintain(path, options).close());
    }
    try (DiskImage raw = DiskImages.open(path, OpenOptions.readOnly().format("raw"))) {
      assertEquals(Files.size(path) + 511 & -512, raw.size());
    }
  }

  private static void assertRefused(String format, Path path, Executable opening) {
    UnrecognizedFormatException e = assertThrows(UnrecognizedFormatException.class, opening);
    assertEquals(
        path
            + ": looks like "
            + format
            + ", which is none of the formats that are installed (chained, luks, raw); to read it"
            + " as a raw disk, name the format raw",
        e.getMessage());
  }

  private static void assertRaw(Path path) throws IOException {
    assertEquals(Optional.empty(), DiskImages.probe(path));
    try (DiskImage image = DiskImages.open(path)) {
      assertEquals("raw", image.info().format());
    }
  }

  /** The marks as libmagic and the formats' own documents have them, in hexadecimal. */
  @ParameterizedTest
  @CsvSource({
    "qcow, 0, 514649fb00000001",
    "qcow2, 0, 514649fb",
    "vmdk, 0, 4b444d56",
    "vmdk, 0, 434f5744",
    "vmdk, 0, bebafeca00000000",
    "vmdk, 0, 23204469736b2044657363726970746f7246696c65",
    "vdi, 64, 7f10dabe",
    "vpc, 0, 636f6e6563746978",
    "vpc, -512, 636f6e6563746978",
    "vpc, -511, 636f6e6563746978",
    "vhdx, 0, 7668647866696c65",
    "qed, 0, 51454400",
    "cow, 0, 4f4f4f4d000000",
    "parallels, 0, 576974686f75744672656553706163 65",
    "parallels, 0, 576974686f7546726553706163457874",
    "bochs, 0, 426f636873205669727475616c20484420496d61676500",
    "cloop, 0, 23212f62696e2f73680a2356",
    "dmg, -512, 6b6f6c790000000400000200",
    "dmg, 0, 656e637263647361",
    "dmg, -8, 6364736165 6e6372",
    "sparseimage, 0, 7370727300000003",
    "android-sparse, 0, 3aff26ed0100",
    "bitlocker, 3, 2d4656452d46532d",
    "ewf, 0, 455646090d0aff00",
    "ewf, 0, 4c5646090d0aff00",
    "ewf, 0, 455646320d0a8100",
    "ewf, 0, 4c4546320d0a8100",
    "aff, 0, 41464631300d0a00",
    "ad1, 0, 41445345474d454e54454446494c4500",
    "vma, 0, 564d4100",
    "wim, 0, 4d5357494d000000",
    "partclone, 0, 70617274636c6f6e652d696d616765",
    "partimage, 0, 506152744 96d41674 52d566f4c754d65",
    "ntfsclone, 0, 006e746673636c6f6e652d696d616765",
    "rbd-diff, 0, 726264206469666620 76",
    "rbd-image, 0, 72626420696d61676520 76",
    "zfs-send, 8, accbbaf502000000",
    "zfs-send, 8, 00000002f5bacbac",
    "btrfs-send, 0, 62747266732d73747265616d00",
    "gzip, 0, 1f8b08",
    "xz, 0, fd377a585a00",
    "bzip2, 0, 425a6839314159265359",
    "zstd, 0, 28b52ffd",
    "lz4, 0, 04224d18",
    "lzop, 0, 894c5a4f000d0a1a0a",
    "7z, 0, 377abcaf271c",
    "zip, 0, 504b0304",
    "rar, 0, 526172211a07",
    "tar, 257, 757374617200",
    "tar, 257, 7573746172202000",
    "iso, 32769, 4344303031",
    "iso, 32777, 4344524f4d",
    "udf, 32769, 4245413031"
  })
  void whatBearsAForeignMarkIsNotRaw(String format, int offset, String hex) throws IOException {
    byte[] mark = HexFormat.of().parseHex(hex.replace(" ", ""));
    assertRefused(format, image(50_000, offset, mark));
    if (offset >= 0) {
      // As short as that, it still is one.
      assertRefused(format, image(offset + mark.length, offset, mark));
    } else {
      assertRefused(format, image(-offset, offset, mark));
    }
    int last = mark.length - 1;
    byte[] almost = Arrays.copyOf(mark, last);
    if (!hex.equals("514649fb00000001")) {
      assertRaw(image(offset < 0 ? 50_000 : offset + last, offset, almost));
      assertRaw(image(50_000, offset, almost));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "# disk descriptorfile\n",
        "version=1\nCID=fffffffe\n",
        "# made by something\r\n \r\n#\r\nversion=3\r\nencoding=\"UTF-8\"\r\n"
      })
  void aDescriptorIsAVmdk(String text) throws IOException {
    assertRefused("vmdk", image(2000, 0, text.getBytes(StandardCharsets.US_ASCII)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"version\n", "# text\nand more\nversion=1\n", "version=one\n", "\n\n\n", ""})
  void otherTextIsNone(String text) throws IOException {
    assertRaw(image(2000, 0, text.getBytes(StandardCharsets.US_ASCII)));
  }

  // LUKS 2

  private static byte[] secondLuksHeader(long says) {
    ByteBuffer header = ByteBuffer.allocate(4096);
    header.put(0, new byte[] {'S', 'K', 'U', 'L', (byte) 0xba, (byte) 0xbe, 0, 2});
    return header.putLong(256, says).array();
  }

  @Test
  void theSecondHeaderOfLuksIsAMark() throws IOException {
    for (int offset = 16 << 10; offset <= 4 << 20; offset *= 2) {
      Path path = image(SIZE, offset, secondLuksHeader(offset));
      assertEquals(Optional.of("luks"), DiskImages.probe(path));
      assertThrows(CorruptImageException.class, () -> DiskImages.open(path));
      // A partition that begins before it has it at another place.
      assertRaw(image(SIZE, offset, secondLuksHeader(offset - 512)));
    }
  }

  // What raw disks hold

  @Test
  void fileSystemsAndPartitionTablesAreRaw() throws IOException {
    byte[] disk = new byte[SIZE];
    new Random(8).nextBytes(disk);
    Arrays.fill(disk, 0, 40_000, (byte) 0);
    assertRaw(write(disk.clone(), 510, new byte[] {0x55, (byte) 0xaa}));
    for (String mark :
        List.of(
            "512 4546492050415254",
            "1080 53ef",
            "0 58465342",
            "0 68737173",
            "65600 5f42485266535f4d",
            "536 4c564d322030303120",
            "3 4e5446532020",
            "82 464154333220",
            "4086 53574150535041434532",
            "1048576 4c554b53babe0001")) {
      String[] parts = mark.split(" ");
      assertRaw(write(disk.clone(), Integer.parseInt(parts[0]), HexFormat.of().parseHex(parts[1])));
    }
    assertRaw(write(new byte[0], 0, new byte[0]));
    assertRaw(write(new byte[1], 0, new byte[0]));
  }

  // Several marks

  @Test
  void severalMarksInTheFirstSectorAreNotOne() throws IOException {
    byte[] bytes = new byte[4096];
    ByteBuffer.wrap(bytes).put(64, new byte[] {0x7f, 0x10, (byte) 0xda, (byte) 0xbe});
    Path foreign =
        write(bytes.clone(), 0, "LUKS\u00ba\u00be".getBytes(StandardCharsets.ISO_8859_1));
    assertAmbiguous(foreign, "luks and vdi");
    // Nor if one is installed.
    Path installed = write(bytes.clone(), 0, "CHAINED\n".getBytes(StandardCharsets.US_ASCII));
    assertAmbiguous(installed, "chained and vdi");
    DiskImages.open(installed, OpenOptions.readOnly().format("raw")).close();
  }

  private static void assertAmbiguous(Path path, String formats) {
    String message = path + ": looks like both " + formats + ", so that its format must be named";
    assertEquals(
        message,
        assertThrows(UnrecognizedFormatException.class, () -> DiskImages.probe(path)).getMessage());
    for (OpenOptions options : PROBING) {
      assertEquals(
          message,
          assertThrows(
                  UnrecognizedFormatException.class, () -> DiskImages.open(path, options).close())
              .getMessage());
    }
  }

  /** The disk may hold an image that ends, or has its own mark, where the outer one does. */
  @Test
  void aMarkInTheFirstSectorIsNotMadeDoubtfulByOnesFurtherOn() throws IOException {
    byte[] bytes = new byte[SIZE];
    ByteBuffer.wrap(bytes)
        .put(0x8001, "CD001".getBytes(StandardCharsets.US_ASCII))
        .put(16 << 10, secondLuksHeader(16 << 10))
        .put(SIZE - 512, "conectix".getBytes(StandardCharsets.US_ASCII));
    assertRefused("qed", write(bytes.clone(), 0, new byte[] {'Q', 'E', 'D', 0}));
    Path chained = write(bytes.clone(), 0, "CHAINED\n".getBytes(StandardCharsets.US_ASCII));
    assertEquals(Optional.of("chained"), DiskImages.probe(chained));
    assertAmbiguous(write(bytes, 0, new byte[1]), "iso and luks and vpc");
  }

  // Backing files

  @Test
  void aBackingFileIsProbedAlike() throws IOException {
    Path base = image(8192, 0, "QED\0".getBytes(StandardCharsets.ISO_8859_1));
    Path top = directory.resolve("top.img");
    OpenOptions any = OpenOptions.readOnly().references(ReferencePolicy.any());
    ChainedFormat.write(top, base.getFileName().toString());
    UnrecognizedFormatException e =
        assertThrows(UnrecognizedFormatException.class, () -> DiskImages.open(top, any).close());
    assertTrue(e.getMessage().startsWith(base + ": looks like qed, "), e.getMessage());
    ChainedFormat.write(top, base.getFileName().toString(), "raw");
    DiskImages.open(top, any).close();
  }

  // What it costs

  @Test
  void probingReadsLittleHoweverLargeTheImage() throws IOException {
    Counted storage = new Counted(16L << 40);
    assertEquals(Optional.empty(), Formats.probe(storage));
    assertTrue(storage.bytes <= 64 << 10, storage.bytes + " bytes were read");
    assertTrue(storage.reads <= 16, storage.reads + " reads");
  }

  /** Zeroes, of which it is counted how many are read. */
  private static final class Counted extends Storage {
    private final long size;
    private long bytes;
    private int reads;

    Counted(long size) {
      this.size = size;
    }

    @Override
    public String name() {
      return "counted";
    }

    @Override
    public boolean isWritable() {
      return false;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    protected void readUnmapped(long position, MemorySegment target) {
      bytes += target.byteSize();
      reads++;
      target.fill((byte) 0);
    }

    @Override
    public void write(long position, MemorySegment source) {
      throw readOnly();
    }

    @Override
    public void zero(long position, long length, boolean giveBack) {
      throw readOnly();
    }

    @Override
    public void reserve(long position, long length) {
      throw readOnly();
    }

    @Override
    public void resize(long newSize) {
      throw readOnly();
    }

    @Override
    public void flush() {
      throw readOnly();
    }

    private static UncheckedIOException readOnly() {
      return new UncheckedIOException(new IOException("read only"));
    }

    @Override
    protected void release() {}
  }
}
