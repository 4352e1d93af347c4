package io.diskformat.iso;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.iso.build.BootEntry;
import io.diskformat.iso.build.CloudInitSeed;
import io.diskformat.iso.build.DiscAttributes;
import io.diskformat.iso.build.DiscBuilder;
import io.diskformat.iso.build.DiscContent;
import io.diskformat.iso.build.DiscOptions;
import io.diskformat.iso.build.DiscReport;
import io.diskformat.iso.build.HybridBoot;
import io.diskformat.testing.Oracle;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a disc is made of, entry by entry. */
final class DiscBuilderTest {
  private static final Instant DATE = Instant.ofEpochSecond(1_000_000_000);
  private static final DiscAttributes ATTRIBUTES = DiscAttributes.of(0644, DATE);

  @TempDir Path directory;

  private Path image() {
    return directory.resolve("made.iso");
  }

  private DiscReport write(DiscBuilder disc) throws IOException {
    return disc.write(image(), true, ProgressListener.NONE);
  }

  private FileSystem files(String tree) throws IOException {
    return DiskFileSystems.open(image(), OpenOptions.readOnly(), Map.of("tree", tree));
  }

  @Test
  void anyStreamIsAFile() throws IOException {
    byte[] bytes = "content".repeat(100_000).getBytes();
    write(
        new DiscBuilder(DiscOptions.defaults())
            .addFile("/a/b/unknown", DiscContent.of(new ByteArrayInputStream(bytes)), ATTRIBUTES)
            .addFile(
                "a/known",
                DiscContent.of(bytes.length, () -> new ByteArrayInputStream(bytes)),
                ATTRIBUTES)
            .addLink("a/link", "../nowhere", ATTRIBUTES)
            .addDirectory("empty", DiscAttributes.of(0700, DATE))
            .addFile("a/gone", DiscContent.of(bytes), ATTRIBUTES)
            .remove("a/gone"));
    try (FileSystem files = files("rockridge")) {
      assertEquals(
          Set.of("", "a", "a/b", "a/b/unknown", "a/known", "a/link", "empty"),
          TreeComparison.files(files.getPath("/")).keySet());
      assertArrayEquals(bytes, Files.readAllBytes(files.getPath("/a/b/unknown")));
      assertArrayEquals(bytes, Files.readAllBytes(files.getPath("/a/known")));
      assertEquals("../nowhere", Files.readSymbolicLink(files.getPath("/a/link")).toString());
      assertEquals(DATE, Files.getLastModifiedTime(files.getPath("/a/known")).toInstant());
    }
  }

  /** Content that ends too early or too late leaves no file, and an old one as it was. */
  @Test
  void aFailureLeavesNothing() throws IOException {
    Files.writeString(image(), "old");
    for (int size : new int[] {5, 100}) {
      DiscBuilder disc =
          new DiscBuilder(DiscOptions.defaults())
              .addFile("a", DiscContent.of(new byte[3_000_000]), ATTRIBUTES)
              .addFile(
                  "b",
                  DiscContent.of(size, () -> new ByteArrayInputStream(new byte[50])),
                  ATTRIBUTES);
      String message = assertThrows(IOException.class, () -> write(disc)).getMessage();
      assertTrue(message.startsWith("/b: "), message);
    }
    assertEquals("old", Files.readString(image()));
    try (Stream<Path> all = Files.list(directory)) {
      assertEquals(List.of(image()), all.toList());
    }
  }

  @Test
  void aChannelGetsTheSameAsAFile() throws IOException {
    DiscBuilder disc =
        new DiscBuilder(DiscOptions.defaults().implantedMd5(true))
            .addFile("a", DiscContent.of(new byte[3_000_000]), ATTRIBUTES);
    write(disc);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    long[] last = new long[2];
    DiscReport report =
        disc.write(
            Channels.newChannel(out),
            (done, total) -> {
              assertTrue(done >= last[0]);
              last[0] = done;
              last[1] = total;
            });
    assertArrayEquals(Files.readAllBytes(image()), out.toByteArray());
    assertEquals(report.size(), last[0]);
    assertEquals(report.size(), last[1]);
  }

  @Test
  void noNameIsCutSilently() throws IOException {
    DiscBuilder disc =
        new DiscBuilder(
            DiscOptions.defaults()
                .level(1)
                .rockRidge(false)
                .joliet(DiscOptions.Joliet.STANDARD)
                .identifiers(DiscOptions.defaults().identifiers().volume("more than sixteen")));
    Set<String> added = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      String name =
          "a name with the same beginning as all others, and then as many as it takes " + i;
      added.add("/" + name + ".text");
      disc.addFile(name + ".text", DiscContent.of(new byte[] {(byte) i}), ATTRIBUTES);
    }
    disc.addFile("AANAMEWI.TEX", DiscContent.of("fits".getBytes()), ATTRIBUTES);
    DiscReport report = write(disc);
    for (DiscReport.Tree tree : List.of(DiscReport.Tree.PRIMARY, DiscReport.Tree.JOLIET)) {
      Set<String> reported = new HashSet<>();
      Set<String> recorded = new HashSet<>();
      for (DiscReport.MappedName name : report.names()) {
        if (name.tree() == tree && !name.path().isEmpty()) {
          assertTrue(reported.add(name.path()));
          assertTrue(recorded.add(name.recorded()), name.recorded());
        }
      }
      assertEquals(added, reported);
      try (FileSystem files = files(tree == DiscReport.Tree.PRIMARY ? "plain" : "joliet")) {
        for (DiscReport.MappedName name : report.names()) {
          if (name.tree() == tree && !name.path().isEmpty()) {
            int number = Integer.parseInt(name.path().replaceAll("\\D", ""));
            byte[] content = Files.readAllBytes(files.getPath(name.recorded()));
            assertArrayEquals(new byte[] {(byte) number}, content);
          }
        }
        assertEquals("fits", Files.readString(files.getPath("AANAMEWI.TEX")));
      }
    }
    assertTrue(
        report
            .names()
            .contains(new DiscReport.MappedName(DiscReport.Tree.JOLIET, "", "more than sixtee")));
  }

  @Test
  void linksAreReportedWhereTheyCannotBe() throws IOException {
    DiscReport report =
        write(
            new DiscBuilder(DiscOptions.defaults().rockRidge(false))
                .addLink("LINK", "x", ATTRIBUTES));
    assertEquals(
        List.of(new DiscReport.MappedName(DiscReport.Tree.PRIMARY, "/LINK", "")), report.names());
  }

  @Test
  void aSeedForCloudInit() throws IOException {
    write(
        CloudInitSeed.of(
            "#cloud-config".getBytes(), "instance-id: x".getBytes(), Optional.of(new byte[3])));
    String label = Oracle.of("isoinfo").run("-d", "-i", image()).orFail().output();
    assertTrue(label.contains("Volume id: cidata\n"), label);
    try (FileSystem files = files("joliet")) {
      assertEquals("#cloud-config", Files.readString(files.getPath("user-data")));
      assertEquals("instance-id: x", Files.readString(files.getPath("meta-data")));
      assertEquals(3, Files.size(files.getPath("network-config")));
    }
  }

  /** What is beyond 4 GiB is in several sections; a channel that leaves out zeroes takes it. */
  @Test
  void filesOfMoreThanFourGiB() throws IOException {
    long size = (4L << 30) + 12_345;
    byte[] end = "the end".getBytes();
    DiscBuilder disc =
        new DiscBuilder(DiscOptions.defaults().joliet(DiscOptions.Joliet.STANDARD))
            .addFile("large", DiscContent.of(size, () -> zeroes(size, end)), ATTRIBUTES)
            .addFile("small", DiscContent.of(end), ATTRIBUTES);
    try (FileChannel file =
        FileChannel.open(image(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      DiscReport report = disc.write(new SparseChannel(file), ProgressListener.NONE);
      file.write(ByteBuffer.wrap(new byte[1]), report.size() - 1);
    }
    for (String tree : List.of("rockridge", "joliet")) {
      try (FileSystem files = files(tree);
          SeekableByteChannel large = Files.newByteChannel(files.getPath("large"))) {
        assertEquals(size, large.size());
        ByteBuffer last = ByteBuffer.allocate(end.length);
        large.position(size - end.length).read(last);
        assertArrayEquals(end, last.array());
        assertArrayEquals(end, Files.readAllBytes(files.getPath("small")));
      }
    }
    String listed = Oracle.of("xorriso").run("-indev", image(), "-lsl", "/large").orFail().output();
    assertTrue(listed.contains(" " + size + " "), listed);
    String byBsdtar = Oracle.of("bsdtar").run("-tvf", image()).orFail().output();
    assertTrue(byBsdtar.contains(" " + size + " "), byBsdtar);
    assertThrows(
        IOException.class,
        () ->
            new DiscBuilder(DiscOptions.defaults().level(2))
                .addFile("large", DiscContent.of(size, () -> zeroes(size, end)), ATTRIBUTES)
                .write(image(), true, ProgressListener.NONE));
  }

  private static InputStream zeroes(long size, byte[] end) {
    return new InputStream() {
      private long left = size;

      @Override
      public int read() {
        throw new UnsupportedOperationException();
      }

      @Override
      public int read(byte[] target, int at, int length) {
        if (left == 0) {
          return -1;
        }
        int n = (int) Math.min(length, left);
        for (int i = 0; i < n; i++) {
          long from = left - i;
          target[at + i] = from > end.length ? 0 : end[(int) (end.length - from)];
        }
        left -= n;
        return n;
      }
    };
  }

  /** Seeks where there is nothing but zeroes. */
  private record SparseChannel(FileChannel file) implements WritableByteChannel {
    @Override
    public int write(ByteBuffer source) throws IOException {
      int length = source.remaining();
      ByteBuffer zero = ByteBuffer.allocate(length);
      if (source.mismatch(zero) < 0) {
        file.position(file.position() + length);
        source.position(source.limit());
        return length;
      }
      return file.write(source);
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  @Test
  void refusesWhatMakesNoSense() {
    DiscBuilder disc = new DiscBuilder(DiscOptions.defaults());
    DiscContent content = DiscContent.of(new byte[100]);
    disc.addFile("file", content, ATTRIBUTES);
    for (String path :
        List.of("", "/", "../x", "a/./b", "a/..", "x\0", "n".repeat(256), "file/x")) {
      assertThrows(
          IllegalArgumentException.class, () -> disc.addFile(path, content, ATTRIBUTES), path);
    }
    assertThrows(IllegalArgumentException.class, () -> disc.remove("nothing"));
    assertThrows(IllegalArgumentException.class, () -> disc.addLink("x", "", ATTRIBUTES));
    assertThrows(IllegalArgumentException.class, () -> DiscAttributes.of(0100644, DATE));
    assertThrows(IllegalArgumentException.class, () -> DiscOptions.defaults().level(5));
    assertThrows(
        IllegalArgumentException.class,
        () -> DiscOptions.defaults().identifiers().volume("l".repeat(33)));
    assertThrows(IllegalArgumentException.class, () -> HybridBoot.generic(new byte[32769]));
    for (BootEntry entry :
        List.of(
            BootEntry.bios("nothing"),
            BootEntry.bios("/"),
            BootEntry.bios("file").grubInfo(true),
            BootEntry.bios("file").emulation(BootEntry.Emulation.FLOPPY),
            BootEntry.bios("file").emulation(BootEntry.Emulation.HARD_DISK),
            BootEntry.uefi("").ofPartition(2))) {
      DiscBuilder booted =
          new DiscBuilder(DiscOptions.defaults()).addFile("file", content, ATTRIBUTES).boot(entry);
      assertThrows(IOException.class, () -> write(booted), entry.toString());
    }
    assertThrows(IOException.class, () -> write(disc.hybrid(HybridBoot.isolinux(new byte[432]))));
    assertFalse(Files.exists(image()));
  }

  /** A date is the latest that there is; without one, it is that of the newest file. */
  @Test
  void dates() throws IOException {
    DiscOptions options = DiscOptions.defaults();
    Instant old = Instant.ofEpochSecond(500_000_000);
    Instant far = Instant.parse("2300-01-02T03:04:05Z");
    write(
        new DiscBuilder(options.latestDate(DATE))
            .addFile("old", DiscContent.of(new byte[1]), DiscAttributes.of(0644, old))
            .addFile("far", DiscContent.of(new byte[1]), DiscAttributes.of(0644, far)));
    try (FileSystem files = files("rockridge")) {
      assertEquals(old, Files.getLastModifiedTime(files.getPath("old")).toInstant());
      assertEquals(DATE, Files.getLastModifiedTime(files.getPath("far")).toInstant());
    }
    write(
        new DiscBuilder(options)
            .addFile("far", DiscContent.of(new byte[1]), DiscAttributes.of(0644, far)));
    try (FileSystem files = files("rockridge")) {
      assertEquals(far, Files.getLastModifiedTime(files.getPath("far")).toInstant());
    }
    String info = Oracle.of("isoinfo").run("-d", "-i", image()).orFail().output();
    assertTrue(info.contains("Volume id: ISOIMAGE"), info);
  }
}
