package io.diskformat.filesystem;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.device.ReadingDevice;
import io.diskformat.device.ZeroDevice;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Extractions in which several threads take part: of many files, and of large ones. */
class ManyFilesTest {
  private static final int DIRECTORIES = 30;
  private static final int FILES = 40;
  private static final int LARGE = (20 << 20) + 12_345;
  private static final FileTime TIME = FileTime.fromMillis(1_400_000_000_000L);

  @TempDir Path directory;

  /** Whatever happens, no thread goes on. */
  @AfterEach
  void noThreadIsLeft() throws InterruptedException {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("diskformat-extraction-")) {
        // It may not quite have come to its end.
        thread.join(60_000);
        assertFalse(thread.isAlive(), thread.getName());
      }
    }
  }

  /** What happens when the end of a file is read. */
  private interface AtEnd {
    void run() throws IOException;
  }

  /** A file, or a directory if it has no content. */
  private static final class Made implements FileNode {
    private static final AtomicLong NUMBERS = new AtomicLong();

    final Map<String, Made> children = new LinkedHashMap<>();
    final long number = NUMBERS.incrementAndGet();
    final byte[] content;
    final AtEnd atEnd;

    Made(byte[] content, AtEnd atEnd) {
      this.content = content;
      this.atEnd = atEnd;
    }

    @Override
    public NodeAttributes attributes() {
      return new NodeAttributes(
          content == null ? Kind.DIRECTORY : Kind.FILE,
          content == null ? 0 : content.length,
          Optional.of(TIME),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          number);
    }

    @Override
    public Cursor list() {
      Iterator<Map.Entry<String, Made>> files = children.entrySet().iterator();
      return () -> {
        if (!files.hasNext()) {
          return null;
        }
        Map.Entry<String, Made> next = files.next();
        return new Entry(next.getKey(), next.getValue());
      };
    }

    @Override
    public String linkTarget() {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<ByteRange> ranges() {
      throw new UnsupportedOperationException();
    }

    @Override
    public BlockDevice content() {
      return new ReadingDevice("made", content.length) {
        @Override
        protected void readRange(long offset, MemorySegment target) throws IOException {
          if (atEnd != null && offset + target.byteSize() == content.length) {
            atEnd.run();
          }
          MemorySegment.copy(MemorySegment.ofArray(content), offset, target, 0, target.byteSize());
        }
      };
    }
  }

  private static byte[] random(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static String small(int i) {
    return "d" + i / FILES + "/f" + i % FILES;
  }

  private static byte[] contentOf(int i) {
    return random(i, i * 37 % 5000);
  }

  /** Makes a tree; one of its files cannot be read, if that is wanted. */
  private static Made tree(IOException failure, boolean ofLarge) {
    AtEnd fails =
        failure == null
            ? null
            : () -> {
              throw failure instanceof DiskFormatException
                  ? new DiskFormatException(failure.getMessage())
                  : new IOException(failure.getMessage());
            };
    Made root = new Made(null, null);
    for (int i = 0; i < DIRECTORIES * FILES; i++) {
      String[] names = small(i).split("/", 2);
      boolean bad = i == 700 && failure != null && !ofLarge;
      root.children
          .computeIfAbsent(names[0], _ -> new Made(null, null))
          .children
          .put(names[1], new Made(bad ? random(1, 100) : contentOf(i), bad ? fails : null));
    }
    root.children.put("large", new Made(random(-1, LARGE), ofLarge ? fails : null));
    return root;
  }

  private static FileSystem open(Made root) {
    return DiskFileSystems.of(
        new ZeroDevice("disk", 1 << 20),
        new FileTree() {
          @Override
          public String kind() {
            return "made";
          }

          @Override
          public String label() {
            return "";
          }

          @Override
          public boolean hasPosixAttributes() {
            return false;
          }

          @Override
          public FileNode root() {
            return root;
          }
        });
  }

  @Test
  void allAreMade() throws IOException {
    AtomicLong done = new AtomicLong();
    Path target = directory.resolve("target");
    try (FileSystem files = open(tree(null, false))) {
      ExtractionReport report =
          TreeExtraction.of(files.getPath("/"))
              .listener((now, _) -> assertTrue(done.getAndSet(now) <= now))
              .to(target);
      assertTrue(report.isComplete(), report.reasons()::toString);
      assertEquals(DIRECTORIES * FILES + 1, report.files());
      assertEquals(DIRECTORIES, report.directories());
      assertEquals(report.bytes(), done.get());
      for (int i = 0; i < DIRECTORIES * FILES; i++) {
        Path file = target.resolve(small(i));
        assertArrayEquals(contentOf(i), Files.readAllBytes(file));
        assertEquals(TIME, Files.getLastModifiedTime(file));
      }
      for (int i = 0; i < DIRECTORIES; i++) {
        assertEquals(TIME, Files.getLastModifiedTime(target.resolve("d" + i)));
      }
      assertArrayEquals(random(-1, LARGE), Files.readAllBytes(target.resolve("large")));
      // What is there is kept, and in the order in which it is stored that is said.
      ExtractionReport again = TreeExtraction.of(files.getPath("/")).to(target);
      assertEquals(DIRECTORIES * FILES + 1, again.leftOut());
      assertEquals("/d0/f0 is there already", again.reasons().getFirst().toString());
      assertEquals("/d2/f19 is there already", again.reasons().getLast().toString());
      ExtractionReport replaced = TreeExtraction.of(files.getPath("/")).overwrite().to(target);
      assertEquals(DIRECTORIES * FILES + 1, replaced.files());
    }
  }

  @Test
  void whatMakesNoSenseIsLeftOut() throws IOException {
    for (boolean ofLarge : new boolean[] {false, true}) {
      Path target = directory.resolve("target" + ofLarge);
      try (FileSystem files = open(tree(new DiskFormatException("damaged"), ofLarge))) {
        ExtractionReport report = TreeExtraction.of(files.getPath("/")).to(target);
        String bad = ofLarge ? "large" : small(700);
        assertEquals(
            List.of("/" + bad + " cannot be read: damaged"),
            report.reasons().stream().map(Object::toString).toList());
        assertEquals(DIRECTORIES * FILES, report.files());
        assertFalse(Files.exists(target.resolve(bad)));
        assertEquals(TIME, Files.getLastModifiedTime(target.resolve("d17")));
      }
    }
  }

  @Test
  void whatCannotBeReadEndsIt() throws IOException {
    for (boolean ofLarge : new boolean[] {false, true}) {
      Path target = directory.resolve("target" + ofLarge);
      try (FileSystem files = open(tree(new IOException("unreadable"), ofLarge))) {
        IOException e =
            assertThrows(IOException.class, () -> TreeExtraction.of(files.getPath("/")).to(target));
        assertEquals("unreadable", e.getMessage());
        assertFalse(Files.exists(target.resolve(ofLarge ? "large" : small(700))));
      }
    }
  }

  @Test
  void anInterruptEndsIt() throws IOException {
    try (FileSystem files = open(tree(null, false))) {
      TreeExtraction extraction =
          TreeExtraction.of(files.getPath("/"))
              .listener((now, _) -> {
                if (now > 1_000_000) {
                  Thread.currentThread().interrupt();
                }
              });
      assertThrows(InterruptedIOException.class, () -> extraction.to(directory.resolve("target")));
      assertTrue(Thread.interrupted());
    }
  }

  /** While a file is written, too, which is gone then; of small and of large ones. */
  @Test
  void anInterruptLeavesNoPartOfAFile() throws IOException {
    Thread caller = Thread.currentThread();
    for (int size : new int[] {1, 1000, 3 << 20, LARGE}) {
      Made root = new Made(null, null);
      root.children.put("before", new Made(random(1, 10), null));
      root.children.put("file", new Made(random(2, size), caller::interrupt));
      root.children.put("after", new Made(random(1, 10), null));
      Path target = directory.resolve("target" + size);
      try (FileSystem files = open(root)) {
        InterruptedIOException e =
            assertThrows(
                InterruptedIOException.class,
                () -> TreeExtraction.of(files.getPath("/")).to(target));
        assertEquals("interrupted", e.getMessage());
        assertTrue(Thread.interrupted());
        assertEquals(List.of(target.resolve("before")), filesOf(target));
      }
    }
  }

  private static List<Path> filesOf(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.toList();
    }
  }

  /** What went wrong first is what is said, also if what is there of a file stays. */
  @Test
  void aPartThatStaysHidesNoProblem() throws IOException {
    for (IOException first :
        List.of(new IOException("unreadable"), new DiskFormatException("damaged"))) {
      Path target = directory.resolve("target of " + first.getMessage());
      Path file = target.resolve("file");
      Made root = new Made(null, null);
      AtEnd fails =
          () -> {
            Files.delete(file);
            Files.createFile(Files.createDirectory(file).resolve("what keeps it"));
            throw first;
          };
      root.children.put("file", new Made(random(2, 1000), fails));
      try (FileSystem files = open(root)) {
        IOException e =
            assertThrows(IOException.class, () -> TreeExtraction.of(files.getPath("/")).to(target));
        assertSame(first, e);
        assertInstanceOf(DirectoryNotEmptyException.class, e.getSuppressed()[0]);
      }
    }
  }
}
