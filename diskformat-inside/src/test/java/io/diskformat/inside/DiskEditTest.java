package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.device.ReadingDevice;
import io.diskformat.device.StorageDevice;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Edits of one volume and of several: all of it is written, or nothing. */
class DiskEditTest {
  private static final int MIB = 1 << 20;
  private static final int ROOT = 12 * MIB;
  private static final int ESP = 8 * MIB;
  private static final Map<String, String> BOTH = Map.of("/", "/dev/sda1", "/boot", "/dev/sda2");

  @TempDir Path directory;
  private Path disk;

  @BeforeEach
  void make() throws IOException {
    Path files = Files.createDirectories(directory.resolve("files"));
    Files.createDirectories(files.resolve("boot"));
    Files.createDirectories(files.resolve("etc"));
    Files.writeString(files.resolve("etc/hostname"), "old\n");
    Path root = directory.resolve("root");
    Oracle.of("mke2fs")
        .run("-q", "-t", "ext4", "-b", 1024, "-d", files, root, ROOT / 1024 + "k")
        .orFail();
    Path esp = directory.resolve("esp");
    Oracle.of("mkfs.fat").run("-F", 12, "-n", "ESP", "-C", esp, ESP / 1024).orFail();
    disk = directory.resolve("disk");
    try (FileChannel channel =
        FileChannel.open(disk, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      put(channel, MIB, Files.readAllBytes(root));
      put(channel, MIB + ROOT, Files.readAllBytes(esp));
      put(channel, 2L * MIB + ROOT + ESP, new byte[MIB]);
    }
    Oracle.of("sfdisk")
        .input(
            "label: dos\n2048,%d,83\n%d,%d,ef\n%d,2048,82\n"
                .formatted(ROOT / 512, 2048 + ROOT / 512, ESP / 512, 4096 + (ROOT + ESP) / 512))
        .run("-q", disk)
        .orFail();
  }

  private static void put(FileChannel channel, long at, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      var _ = channel.write(buffer, at + buffer.position());
    }
  }

  private DiskImage open() throws IOException {
    return DiskImages.open(disk, OpenOptions.writable().format("raw"));
  }

  private void requireClean() throws IOException {
    requireCleanRoot();
    byte[] all = Files.readAllBytes(disk);
    Path esp = directory.resolve("esp");
    Files.write(esp, Arrays.copyOfRange(all, MIB + ROOT, MIB + ROOT + ESP));
    assertEquals(2, Oracle.of("fsck.fat").run("-n", esp).orFail().output().lines().count());
  }

  @Test
  void writesSeveralVolumesAtOnce() throws IOException {
    byte[] before = Files.readAllBytes(disk);
    try (DiskImage image = open()) {
      Disk guest = Disk.of(image);
      try (Edit edit = guest.edit(BOTH)) {
        Files.writeString(edit.getPath("/etc/hostname"), "new\n");
        Files.writeString(edit.getPath("/boot/loader.conf"), "timeout 3\n");
        Files.move(edit.getPath("/boot/loader.conf"), edit.getPath("/etc/loader.conf"));
        Files.copy(edit.getPath("/etc/hostname"), edit.getPath("/boot/a long name"));
        assertThrows(
            AtomicMoveNotSupportedException.class,
            () ->
                Files.move(
                    edit.getPath("/etc/hostname"),
                    edit.getPath("/boot/x"),
                    StandardCopyOption.ATOMIC_MOVE));
        assertEquals("new\n", Files.readString(edit.getPath("/boot/a long name")));
        assertArrayEquals(before, Files.readAllBytes(disk));
        edit.commit();
        assertThrows(ClosedFileSystemException.class, () -> Files.exists(edit.getPath("/etc")));
        assertThrows(ClosedFileSystemException.class, edit::commit);
      }
      try (FileSystem files = guest.mount(BOTH)) {
        assertEquals("timeout 3\n", Files.readString(files.getPath("/etc/loader.conf")));
        assertEquals("new\n", Files.readString(files.getPath("/boot/A LONG NAME")));
        assertFalse(Files.exists(files.getPath("/boot/loader.conf")));
        assertThrows(
            ReadOnlyFileSystemException.class, () -> Files.delete(files.getPath("/etc/hostname")));
      }
    }
    requireClean();
  }

  @Test
  void dropsWhatIsNotCommitted() throws IOException {
    byte[] before = Files.readAllBytes(disk);
    try (DiskImage image = open()) {
      Disk guest = Disk.of(image);
      try (Edit edit = guest.edit(BOTH)) {
        Files.writeString(edit.getPath("/etc/hostname"), "new\n");
        FileSystemException mounted =
            assertThrows(FileSystemException.class, () -> Files.delete(edit.getPath("/boot")));
        assertTrue(mounted.getMessage().contains("mounted at /boot"), mounted.getMessage());
        assertThrows(
            FileSystemException.class,
            () -> Files.move(edit.getPath("/boot"), edit.getPath("/other")));
        assertThrows(
            UnsupportedOperationException.class,
            () -> Files.createLink(edit.getPath("/link"), edit.getPath("/etc/hostname")));
        assertThrows(NoSuchFileException.class, () -> Files.delete(edit.getPath("/etc/none")));
        // Nobody else changes what is being changed.
        assertThrows(IllegalStateException.class, () -> guest.edit("/dev/sda1"));
      }
      try (Edit edit = guest.edit("/dev/sda1")) {
        assertEquals("old\n", Files.readString(edit.getPath("/etc/hostname")));
        edit.commit();
      }
    }
    assertArrayEquals(before, Files.readAllBytes(disk));
  }

  /** Whatever fails while the volumes are written: it is said which of them are. */
  @Test
  void saysWhichVolumesAreWritten() throws IOException {
    byte[] before = Files.readAllBytes(disk);
    int failures = 0;
    int ofTheSecond = 0;
    boolean done = false;
    while (!done) {
      FaultyStorage storage = new FaultyStorage(MemoryStorage.of("disk", before));
      try (StorageDevice device = new StorageDevice(storage, true);
          Edit edit = Disk.of(device).edit(BOTH)) {
        Files.writeString(edit.getPath("/etc/hostname"), "new\n");
        Files.writeString(edit.getPath("/boot/loader.conf"), "timeout 3\n");
        storage.failAfter(failures++);
        try {
          edit.commit();
          done = true;
        } catch (PartialCommitException e) {
          boolean first = e.failed().equals("/dev/sda1");
          ofTheSecond += first ? 0 : 1;
          assertEquals(first ? List.of() : List.of("/dev/sda1"), e.written());
          assertEquals(first ? List.of("/dev/sda2") : List.of(), e.unwritten());
          assertTrue(e.getMessage().contains(e.failed() + " may have a part"), e.getMessage());
          byte[] after = new byte[before.length];
          storage.heal();
          device.read(0, after);
          if (first) {
            int esp = MIB + ROOT;
            assertEquals(-1, Arrays.mismatch(before, esp, esp + ESP, after, esp, esp + ESP));
          } else {
            Files.write(disk, after);
            requireCleanRoot();
            try (DiskImage image = DiskImages.open(disk, OpenOptions.readOnly().format("raw"));
                FileSystem files = Disk.of(image).mount("/dev/sda1")) {
              assertEquals("new\n", Files.readString(files.getPath("/etc/hostname")));
            }
          }
        } catch (IOException e) {
          // The one that closes the file system, when all is written.
          try (FileSystem files = Disk.of(device).mount(BOTH)) {
            assertEquals("new\n", Files.readString(files.getPath("/etc/hostname")));
            assertEquals("timeout 3\n", Files.readString(files.getPath("/boot/loader.conf")));
          }
        } finally {
          storage.heal();
        }
      }
    }
    assertTrue(failures > 8 && ofTheSecond > 3, failures + " failures, " + ofTheSecond);
  }

  /** A volume that is only read has no changes that could be written or not. */
  @Test
  void saysNothingOfVolumesThatAreOnlyRead() throws IOException {
    byte[] before = Files.readAllBytes(disk);
    before[MIB + ROOT + 0x25] = 1;
    FaultyStorage storage = new FaultyStorage(MemoryStorage.of("disk", before));
    try (StorageDevice device = new StorageDevice(storage, true);
        Edit edit = Disk.of(device).edit(BOTH)) {
      Files.writeString(edit.getPath("/etc/hostname"), "new\n");
      storage.failAfter(0);
      PartialCommitException e = assertThrows(PartialCommitException.class, edit::commit);
      assertEquals("/dev/sda1", e.failed());
      assertEquals(List.of(), e.written());
      assertEquals(List.of(), e.unwritten());
      storage.heal();
    }
  }

  /** What the second volume cannot have is known before the first is written. */
  @Test
  void nothingIsWrittenIfOneIsNotReady() throws IOException {
    try (DiskImage image = open();
        Edit edit = Disk.of(image).edit("/dev/sda2")) {
      Files.createDirectory(edit.getPath("/b"));
      edit.commit();
    }
    byte[] before = Files.readAllBytes(disk);
    try (DiskImage image = open();
        Edit edit = Disk.of(image).edit(Map.of("/", "/dev/sda2", "/b", "/dev/sda1"))) {
      Files.writeString(edit.getPath("/a"), "new");
      Files.delete(edit.getPath("/b/etc/hostname"));
      // The block of the file is free by the bitmap: what gives it back finds that out.
      clearBitmap(image);
      assertThrows(CorruptImageException.class, edit::commit);
    }
    byte[] after = Files.readAllBytes(disk);
    int esp = MIB + ROOT;
    assertEquals(-1, Arrays.mismatch(before, esp, esp + ESP, after, esp, esp + ESP));
  }

  /** Makes blocks of the first volume be free, as its bitmap has it. */
  private static void clearBitmap(DiskImage image) throws IOException {
    byte[] descriptor = new byte[64];
    image.read(MIB + 2048, descriptor);
    int bitmap = ByteBuffer.wrap(descriptor).order(ByteOrder.LITTLE_ENDIAN).getInt(0);
    image.writeZeroes(MIB + bitmap * 1024L, 1024);
  }

  private void requireCleanRoot() throws IOException {
    Path root = directory.resolve("root");
    Files.write(root, Arrays.copyOfRange(Files.readAllBytes(disk), MIB, MIB + ROOT));
    Oracle.Result result = Oracle.of("e2fsck").run("-fn", root).orFail();
    assertEquals(
        1,
        result.output().lines().filter(line -> !line.startsWith("Pass ")).count(),
        result.output());
  }

  /** What would be replaced is there as long as what replaces it is not. */
  @Test
  void whatFailsReplacesNothing() throws IOException {
    try (DiskImage image = open();
        Edit edit = Disk.of(image).edit(BOTH)) {
      Path hostname = edit.getPath("/etc/hostname");
      Path other = Files.writeString(edit.getPath("/boot/x"), "other\n");
      assertThrows(
          AtomicMoveNotSupportedException.class,
          () -> Files.move(hostname, other, StandardCopyOption.ATOMIC_MOVE));
      assertEquals("other\n", Files.readString(other));
      Path empty = Files.createDirectory(edit.getPath("/empty"));
      assertThrows(
          FileSystemException.class,
          () -> Files.move(edit.getPath("/boot"), empty, StandardCopyOption.REPLACE_EXISTING));
      assertTrue(Files.isDirectory(empty));
      Files.setAttribute(hostname, "unix:mode", 0600);
      Files.copy(hostname, edit.getPath("/boot/copy"));
      Files.move(hostname, other, StandardCopyOption.REPLACE_EXISTING);
      assertEquals("old\n", Files.readString(other));
      edit.commit();
    }
    requireClean();
  }

  /** What cannot be read replaces nothing, whether it is a copy or a move to another volume. */
  @Test
  void whatCannotBeReadReplacesNothing() throws IOException {
    Path other = directory.resolve("other");
    Path files = Files.createDirectory(directory.resolve("other-files"));
    byte[] content = new byte[300_000];
    Arrays.fill(content, (byte) 'x');
    Files.write(files.resolve("large"), content);
    Oracle.of("mke2fs").run("-q", "-t", "ext4", "-d", files, other, "8M").orFail();
    byte[] damaged = Files.readAllBytes(other);
    ByteRange last;
    try (FileSystem mounted = DiskFileSystems.open(other)) {
      last = DiskFileSystems.ranges(mounted.getPath("/large")).getLast();
    }
    try (DiskImage image = open();
        FileSystem from =
            DiskFileSystems.open(
                new UnreadableDevice(damaged, last.offset() + last.length() - 5000), Map.of());
        Edit edit = Disk.of(image).edit(BOTH)) {
      Path large = from.getPath("/large");
      for (Path target :
          List.of(edit.getPath("/etc/hostname"), Files.writeString(edit.getPath("/boot/x"), "x"))) {
        String held = Files.readString(target);
        IOException e =
            assertThrows(
                IOException.class,
                () -> Files.copy(large, target, StandardCopyOption.REPLACE_EXISTING));
        assertEquals("unreadable", e.getMessage());
        assertEquals(held, Files.readString(target));
      }
      Path fresh = edit.getPath("/etc/fresh");
      assertThrows(IOException.class, () -> Files.copy(large, fresh));
      assertFalse(Files.exists(fresh));
      edit.commit();
    }
    requireClean();
  }

  /** A disk of which some cannot be read. */
  private static final class UnreadableDevice extends ReadingDevice {
    private final byte[] bytes;
    private final long bad;

    UnreadableDevice(byte[] bytes, long bad) {
      super("unreadable", bytes.length);
      this.bytes = bytes;
      this.bad = bad;
    }

    @Override
    protected void readRange(long offset, MemorySegment target) throws IOException {
      if (offset <= bad && bad < offset + target.byteSize()) {
        throw new IOException("unreadable");
      }
      MemorySegment.copy(MemorySegment.ofArray(bytes), offset, target, 0, target.byteSize());
    }
  }

  @Test
  void noPartOfACopyIsLeft() throws IOException {
    try (DiskImage image = open();
        Edit edit = Disk.of(image).edit(BOTH)) {
      Path large = edit.getPath("/large");
      try (SeekableByteChannel channel =
          Files.newByteChannel(large, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        channel.position(ESP + MIB).write(ByteBuffer.allocate(1));
      }
      for (Path copy : List.of(edit.getPath("/boot/copy"), edit.getPath("/boot/other copy"))) {
        FileSystemException full =
            assertThrows(FileSystemException.class, () -> Files.copy(large, copy));
        assertTrue(full.getMessage().contains("no space left"), full.getMessage());
        assertFalse(Files.exists(copy));
      }
      assertThrows(FileSystemException.class, () -> Files.move(large, edit.getPath("/boot/moved")));
      assertEquals(ESP + MIB + 1, Files.size(large));
      edit.commit();
    }
    requireClean();
  }

  @Test
  void refusesVolumesThatOthersCountOn() throws IOException {
    try (DiskImage image = DiskImages.open(disk)) {
      UnsupportedOperationException e =
          assertThrows(UnsupportedOperationException.class, () -> Disk.of(image).edit("/dev/sda1"));
      assertTrue(e.getMessage().startsWith("/dev/sda1: cannot be written"), e.getMessage());
    }
    try (DiskImage image = open()) {
      Disk guest = Disk.of(image);
      assertThrows(
          IllegalArgumentException.class,
          () -> guest.edit(Map.of("/", "/dev/sda1", "/boot", "/dev/sda1")));
      assertThrows(IllegalArgumentException.class, () -> guest.edit(Map.of("/x", "/dev/sda1")));
      // A failure leaves nothing behind.
      guest.edit("/dev/sda1").close();
      byte[] page = new byte[4096];
      byte[] mark = "S1SUSPEND\0".getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(mark, 0, page, page.length - mark.length, mark.length);
      image.write(2L * MIB + ROOT + ESP, page);
      refuses(image, "/dev/sda1", "a guest that sleeps, as /dev/sda3 says");
      image.writeZeroes(2L * MIB + ROOT + ESP, page.length);
    }
  }

  private static void refuses(DiskImage image, String volume, String words) throws IOException {
    Disk guest = Disk.of(image);
    UnsupportedFeatureException e =
        assertThrows(UnsupportedFeatureException.class, () -> guest.edit(volume));
    assertTrue(String.valueOf(e.getMessage()).contains(words), e.getMessage());
  }

  /** One that was not unmounted is read, and the other one changed; but not if neither can be. */
  @Test
  void readsWhatCannotBeChanged() throws IOException {
    int esp = MIB + ROOT;
    try (DiskImage image = open()) {
      try (Edit edit = Disk.of(image).edit(BOTH)) {
        Files.writeString(edit.getPath("/boot/NAME"), "content");
        edit.commit();
      }
      image.write(esp + 0x25L, new byte[] {1});
    }
    byte[] before = Files.readAllBytes(disk);
    try (DiskImage image = open();
        Edit edit = Disk.of(image).edit(BOTH)) {
      Files.writeString(edit.getPath("/etc/hostname"), "new\n");
      DiskFormatException e =
          assertThrows(
              DiskFormatException.class,
              () -> Files.writeString(edit.getPath("/boot/loader.conf"), "timeout 3\n"));
      assertTrue(e.getMessage().startsWith("/dev/sda2 is only read: "), e.getMessage());
      assertTrue(e.getMessage().contains("not unmounted"), e.getMessage());
      assertFalse(Files.exists(edit.getPath("/boot/loader.conf")));
      // What stays there is not moved.
      assertThrows(
          DiskFormatException.class,
          () -> Files.move(edit.getPath("/boot/NAME"), edit.getPath("/etc/name")));
      assertFalse(Files.exists(edit.getPath("/etc/name")));
      edit.commit();
    }
    byte[] after = Files.readAllBytes(disk);
    assertEquals(-1, Arrays.mismatch(before, esp, esp + ESP, after, esp, esp + ESP));
    requireCleanRoot();
    try (DiskImage image = open()) {
      Disk guest = Disk.of(image);
      try (FileSystem files = guest.mount(BOTH)) {
        assertEquals("new\n", Files.readString(files.getPath("/etc/hostname")));
      }
      Path root = directory.resolve("root");
      Oracle.of("debugfs").run("-w", "-R", "ssv state 0", root).orFail();
      image.write(MIB, Files.readAllBytes(root));
      UnsupportedFeatureException none =
          assertThrows(UnsupportedFeatureException.class, () -> Disk.of(image).edit(BOTH));
      assertTrue(none.feature().contains("not unmounted"), none.feature());
    }
  }
}
