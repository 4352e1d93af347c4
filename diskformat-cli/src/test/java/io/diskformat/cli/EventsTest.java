package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.testing.Oracle;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Flight Recorder records of disks, and that it costs nothing where it does not. */
final class EventsTest {
  private static final String PACKAGE = "io.diskformat.";
  private static final List<String> ALL =
      List.of("Opening", "Allocation", "Flush", "Conversion", "Check");

  @TempDir private Path directory;

  /** Does something, of which that is recorded. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException;
  }

  private List<RecordedEvent> recorded(Work work) throws IOException {
    Path file = directory.resolve("x.jfr");
    try (Recording recording = new Recording()) {
      for (String name : ALL) {
        // By default, short ones are left out.
        recording.enable(PACKAGE + name).withoutThreshold();
      }
      recording.start();
      work.run();
      recording.stop();
      recording.dump(file);
    }
    try {
      return RecordingFile.readAllEvents(file).stream()
          .filter(event -> event.getEventType().getName().startsWith(PACKAGE))
          .toList();
    } finally {
      Files.delete(file);
    }
  }

  private static List<RecordedEvent> named(List<RecordedEvent> events, String name, Path file) {
    return events.stream()
        .filter(event -> event.getEventType().getName().equals(PACKAGE + name))
        .filter(event -> event.getString("file").equals(file.toString()))
        .toList();
  }

  @Test
  void recordsWhatTakesTime() throws IOException {
    Path image = directory.resolve("x.qcow2");
    Path copy = directory.resolve("x.vdi");
    DiskImages.create(image, CreateOptions.format("qcow2").size(8 << 20));
    List<RecordedEvent> events =
        recorded(
            () -> {
              OpenOptions writable = OpenOptions.writable().format("qcow2");
              try (DiskImage disk = DiskImages.open(image, writable)) {
                disk.write(1 << 20, new byte[] {1, 2, 3});
                disk.flush();
              }
              try (DiskImage disk = DiskImages.open(image)) {
                Conversion.from(disk).to(copy, CreateOptions.format("vdi")).run();
              }
              try (ImageMaintenance maintenance =
                  DiskImages.maintain(image, OpenOptions.readOnly())) {
                assertTrue(maintenance.check().isClean());
              }
            });
    List<RecordedEvent> openings = named(events, "Opening", image);
    assertEquals(3, openings.size(), events.toString());
    assertEquals("qcow2", openings.getFirst().getString("format"));
    assertEquals(
        List.of(true, false, false),
        openings.stream().map(event -> event.getBoolean("writable")).toList());
    assertEquals(1, named(events, "Flush", image).size(), events.toString());
    List<RecordedEvent> allocations = named(events, "Allocation", image);
    assertTrue(
        allocations.stream().mapToLong(event -> event.getLong("bytes")).sum() >= 65536,
        events.toString());
    RecordedEvent conversion = named(events, "Conversion", image).getFirst();
    assertEquals(8 << 20, conversion.getLong("bytes"));
    RecordedEvent check = named(events, "Check", image).getFirst();
    assertEquals(0, check.getLong("problems"));
    for (RecordedEvent event : events) {
      assertTrue(event.getBoolean("succeeded"), event.toString());
      assertTrue(event.getDuration().toNanos() >= 0, event.toString());
    }
  }

  @Test
  void recordsWhatFails() throws IOException {
    Path image = Files.writeString(directory.resolve("x.qcow2"), "no image");
    List<RecordedEvent> events =
        recorded(
            () -> {
              try (DiskImage _ = DiskImages.open(image, OpenOptions.readOnly().format("qcow2"))) {
                throw new AssertionError("opened");
              } catch (IOException e) {
                // That is what is recorded.
              }
            });
    List<RecordedEvent> openings = named(events, "Opening", image);
    assertEquals(1, openings.size(), events.toString());
    assertFalse(openings.getFirst().getBoolean("succeeded"));
    assertEquals("qcow2", openings.getFirst().getString("format"));
  }

  /** A read is not recorded, however slow it is, and nor is a write in place. */
  @Test
  void readsAreNotRecorded() throws IOException {
    for (String format : List.of("raw", "qcow2", "vdi", "vmdk")) {
      Path image = directory.resolve("x." + format);
      DiskImages.create(image, CreateOptions.format(format).size(8 << 20));
      try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format(format))) {
        disk.write(0, new byte[1 << 20]);
        disk.write(0, new byte[] {1});
        List<RecordedEvent> events =
            recorded(
                () -> {
                  for (int i = 0; i < 1000; i++) {
                    disk.read(i * 512, new byte[4096]);
                    disk.write(0, new byte[] {(byte) i});
                  }
                });
        assertEquals(List.of(), events);
      }
    }
  }

  /** While nothing is recorded, not even the events' classes are loaded. */
  @Test
  void whatIsNotRecordedIsNotLoaded() throws IOException {
    Path log = directory.resolve("classes");
    Oracle.Result result =
        Oracle.java()
            .run(
                "--enable-native-access=ALL-UNNAMED",
                "-Xlog:class+load:file=" + log,
                "-cp",
                System.getProperty("java.class.path"),
                "io.diskformat.cli.Main",
                "create",
                "-f",
                "qcow2",
                directory.resolve("y.qcow2"),
                "1M")
            .orFail();
    assertEquals("", result.error());
    try (Stream<String> lines = Files.lines(log)) {
      List<String> events = lines.filter(line -> line.contains("io.diskformat.event.")).toList();
      assertTrue(
          events.stream().anyMatch(line -> line.contains("io.diskformat.event.Events ")),
          events.toString());
      assertFalse(events.stream().anyMatch(line -> line.contains("Event ")), events.toString());
    }
  }

  /** A JVM may come without the module of Flight Recorder. */
  @Test
  void worksWithoutFlightRecorder() {
    Path image = directory.resolve("y.qcow2");
    List<Object> command =
        List.of(
            "--limit-modules",
            "java.base,java.logging,jdk.unsupported",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            "io.diskformat.cli.Main");
    for (List<Object> arguments :
        List.<List<Object>>of(
            List.of("create", "-f", "qcow2", image, "1M"),
            List.of("convert", "-O", "vdi", image, directory.resolve("y.vdi")),
            List.of("check", image))) {
      Oracle.Result result =
          Oracle.java()
              .run(Stream.concat(command.stream(), arguments.stream()).toArray())
              .orFail();
      assertEquals("", result.error());
    }
  }
}
