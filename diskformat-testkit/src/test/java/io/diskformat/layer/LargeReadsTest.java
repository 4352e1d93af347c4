package io.diskformat.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.storage.MemoryStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Large reads of compressed units: decompressed where they are wanted, and not kept. */
final class LargeReadsTest {
  private static final int UNIT = 1 << 16;
  private static final int UNITS = 10;

  private final byte[] content = RandomContent.of(1, 0, UNIT * UNITS);
  private int kept;
  private final List<MemorySegment> direct = new ArrayList<>();

  private final class Compressed extends GuestMap {
    Compressed() {
      super(UNIT, UNIT);
    }

    @Override
    public long locate(long offset) {
      return Location.compressed(offset / UNIT);
    }

    @Override
    public void decompress(long location, MemorySegment target) {
      if (isKept(target)) {
        kept++;
      } else {
        direct.add(target);
      }
      long from = Location.descriptor(location) * UNIT;
      MemorySegment.copy(MemorySegment.ofArray(content), from, target, 0, UNIT);
    }

    @Override
    public long streamPosition(long location) {
      // A sector is shared by each two.
      return Location.descriptor(location) * 1000;
    }

    @Override
    public long streamLength(long location) {
      return 1024;
    }
  }

  /** The cache has an array for each unit; what is read here is shorter or longer, or no array. */
  private static boolean isKept(MemorySegment target) {
    return target.heapBase().orElse("none") instanceof byte[] array && array.length == UNIT;
  }

  private static final Storage NOTHING = new MemoryStorage("nothing");

  private LayeredDevice disk(Storage storage) {
    return new LayeredDevice("disk", content.length, new Compressed(), storage, null);
  }

  private void check(LayeredDevice disk, int offset, MemorySegment target) throws IOException {
    disk.read(offset, target);
    assertEquals(
        -1, target.mismatch(MemorySegment.ofArray(content).asSlice(offset, target.byteSize())));
  }

  @Test
  void wholeUnitsAreDecompressedWhereTheyAreWanted() throws IOException {
    LayeredDevice disk = disk(NOTHING);
    byte[] bytes = new byte[content.length];
    for (MemorySegment target :
        List.of(
            Arena.ofAuto().allocate(bytes.length),
            MemorySegment.ofArray(bytes),
            MemorySegment.ofArray(new byte[bytes.length + 5]).asSlice(5))) {
      direct.clear();
      check(disk, 0, target);
      assertEquals(UNITS, direct.size());
      assertEquals(target.asSlice(UNIT, UNIT), direct.get(1));
    }
    assertEquals(0, kept);
  }

  @Test
  void whatIsKeptAlreadyIsCopied() throws IOException {
    LayeredDevice disk = disk(NOTHING);
    check(disk, UNIT + 1, Arena.ofAuto().allocate(10));
    check(disk, 0, Arena.ofAuto().allocate(content.length));
    assertEquals(1, kept);
    assertEquals(UNITS - 1, direct.size());
  }

  @Test
  void partsOfUnitsAndSmallReadsAreKept() throws IOException {
    LayeredDevice disk = disk(NOTHING);
    // The last two bytes of the first unit, four whole ones, and two bytes.
    check(disk, UNIT - 2, Arena.ofAuto().allocate(4 * UNIT + 4));
    assertEquals(4, direct.size());
    assertEquals(2, kept);
    check(disk, 6 * UNIT, Arena.ofAuto().allocate(UNIT));
    assertEquals(4, direct.size());
    assertEquals(3, kept);
  }

  /** A decompressor that meets a fault in mapped memory brings the whole JVM down. */
  @Test
  void noDecompressorIsHandedMappedMemory(@TempDir Path directory) throws IOException {
    LayeredDevice disk = disk(NOTHING);
    try (FileChannel channel =
            FileChannel.open(
                directory.resolve("file"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        Arena arena = Arena.ofConfined()) {
      check(disk, 0, channel.map(MapMode.READ_WRITE, 0, content.length, arena));
    }
    check(disk, 0, MemorySegment.ofArray(new long[content.length / 8]));
    assertEquals(0, direct.size());
    assertArrayEquals(content, Files.readAllBytes(directory.resolve("file")));
  }

  @Test
  void streamsAreAnnouncedTogether() throws IOException {
    Listener storage = new Listener();
    disk(storage).willRead(UNIT, 3 * UNIT);
    assertEquals(List.of("1000+3024"), storage.announced);
  }

  /** Only listens to what is announced. */
  private static final class Listener extends Storage {
    final List<String> announced = new ArrayList<>();

    @Override
    public void willRead(long position, long length) {
      announced.add(position + "+" + length);
    }

    @Override
    public String name() {
      return "listener";
    }

    @Override
    public boolean isWritable() {
      return false;
    }

    @Override
    public long size() {
      return 0;
    }

    @Override
    protected void readUnmapped(long position, MemorySegment target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void write(long position, MemorySegment source) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void zero(long position, long length, boolean giveBack) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void reserve(long position, long length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void resize(long size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void flush() {}

    @Override
    protected void release() {}
  }
}
