package io.diskformat.imageservice.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.Catalogue;
import io.diskformat.imageservice.CatalogueContract;
import io.diskformat.imageservice.ImageAttributes;
import io.diskformat.imageservice.ImageMember;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.ImageServiceException;
import io.diskformat.imageservice.ImageStatus;
import io.diskformat.imageservice.ImportTask;
import io.diskformat.imageservice.PartialUpload;
import io.diskformat.imageservice.PassedBlob;
import io.diskformat.imageservice.QuickDirectory;
import io.diskformat.imageservice.StoredData;
import io.diskformat.imageservice.UploadLease;
import io.diskformat.imageservice.record.RecordJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class FileCatalogueTest extends CatalogueContract {
  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  @TempDir(factory = QuickDirectory.class)
  private Path blobs;

  @Override
  protected Catalogue open() throws IOException {
    return FileCatalogue.open(directory);
  }

  @Test
  void aBlobThatIsPassedOnWhileImagesAreListedStays() throws IOException {
    PassedBlob.run(blobs, catalogue, true, passed -> listed(passed::at));
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aDiskThatHangsKeepsNoCarrier() throws Exception {
    ImageRecord hanging = image("a");
    ImageRecord other = image("b");
    assertTrue(catalogue.add(hanging));
    assertTrue(catalogue.add(other));
    HangingFile.at(
        directory.resolve(hanging.id() + ".new"),
        () -> catalogue.replace(hanging, hanging),
        () -> assertEquals(2, catalogue.all().count()));
    assertEquals(hanging, catalogue.find(hanging.id()).orElseThrow());
    assertTrue(catalogue.replace(hanging, hanging));
    assertTrue(catalogue.replace(other, other));
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void whoWaitsBehindAChangeThatHangsIsSentAway() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    AtomicInteger made = new AtomicInteger();
    try (WritingThread writing = new WritingThread(Duration.ofMillis(20));
        ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Boolean> first =
          requests.submit(() ->
              untilItIsTaken(
                  writing,
                  () -> {
                    hangs.countDown();
                    awaitQuietly(gate);
                    return true;
                  }));
      hangs.await();
      WritingThread.Change counted = () -> made.incrementAndGet() > 0;
      Future<Boolean> second = requests.submit(() -> writing.run(counted));
      ExecutionException e = assertThrows(ExecutionException.class, second::get);
      ImageServiceException refused = assertInstanceOf(ImageServiceException.class, e.getCause());
      assertEquals(ImageServiceException.Problem.UNAVAILABLE, refused.problem());
      assertFalse(first.isDone());
      gate.countDown();
      assertTrue(first.get());
      assertTrue(requests.submit(() -> untilItIsTaken(writing, counted)).get());
      assertEquals(1, made.get(), "what was refused was done");
    }
  }

  /** Changes that are made one after the other are none that hang, however many there are. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void whoWaitsBehindManyChangesIsNotSentAway() throws Exception {
    Duration patience = Duration.ofMillis(100);
    // When they began and ended, in turn; the first one cannot have ended later than it begins.
    List<Long> times = new ArrayList<>(List.of(System.nanoTime(), System.nanoTime()));
    int refused = 0;
    try (WritingThread writing = new WritingThread(patience);
        ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor()) {
      WritingThread.Change slow =
          () -> {
            times.add(System.nanoTime());
            LockSupport.parkNanos(5_000_000);
            times.add(System.nanoTime());
            return true;
          };
      List<Future<Boolean>> all = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        all.add(requests.submit(() -> writing.run(slow)));
      }
      for (Future<Boolean> each : all) {
        refused += isRefused(each) ? 1 : 0;
      }
    }
    times.addAll(List.of(System.nanoTime(), System.nanoTime(), System.nanoTime()));
    long longest = 0;
    for (int i = 1; i + 3 < times.size(); i += 2) {
      longest = Math.max(longest, times.get(i + 3) - times.get(i));
    }
    // On a machine that was at rest for so long itself, they may be.
    assertTrue(refused == 0 || longest >= patience.toNanos(), refused + " in " + longest + " ns");
  }

  private static boolean isRefused(Future<Boolean> change) throws InterruptedException {
    try {
      assertTrue(change.get());
      return false;
    } catch (ExecutionException e) {
      ImageServiceException _ = assertInstanceOf(ImageServiceException.class, e.getCause());
      return true;
    }
  }

  /** However long its turn takes to come. */
  private static boolean untilItIsTaken(WritingThread writing, WritingThread.Change change)
      throws IOException {
    while (true) {
      try {
        return writing.run(change);
      } catch (ImageServiceException e) {
        // It was not made.
      }
    }
  }

  private static void awaitQuietly(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Something that is done with each record of a list. */
  @FunctionalInterface
  private interface Visitor {
    void at(ImageRecord image) throws IOException;
  }

  /** Returns the same catalogue, of which each list is read record by record. */
  private Catalogue listed(Visitor visitor) {
    return (Catalogue)
        Proxy.newProxyInstance(
            Catalogue.class.getClassLoader(),
            new Class<?>[] {Catalogue.class},
            (_, method, arguments) ->
                method.getName().equals("all")
                    ? catalogue.all().peek(image -> visit(visitor, image))
                    : method.invoke(catalogue, arguments));
  }

  private static void visit(Visitor visitor, ImageRecord image) {
    try {
      visitor.at(image);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatWasBeingWrittenIsForgotten() throws IOException {
    ImageRecord image = image("a");
    assertTrue(catalogue.add(image));
    Files.writeString(directory.resolve(image.id() + ".new"), "{");
    reopen();
    assertEquals(image, catalogue.find(image.id()).orElseThrow());
  }

  /** Each value of a record is replaced by values that it cannot be, and each character is lost. */
  @Test
  void aDamagedRecordIsReadOrRefused() throws IOException {
    Instant now = Instant.parse("2026-02-28T23:59:59Z");
    ImageAttributes.Builder attributes = ImageAttributes.of("p").name("n").diskFormat("raw");
    attributes.properties().put("a", "b");
    boolean _ = attributes.tags().add("t");
    ImageRecord image =
        new ImageRecord(
            UUID.randomUUID().toString(),
            7,
            ImageStatus.UPLOADING,
            attributes.build(),
            new StoredData("blob", 5, 6, "0a", "0b"),
            new UploadLease("upload", now),
            new PartialUpload("s", List.of(new PartialUpload.Piece("b", 3)), 9, now),
            new TreeMap<>(Map.of("q", new ImageMember("q", ImageMember.Status.PENDING, now, now))),
            List.of(
                new ImportTask(
                    "i",
                    "u",
                    "r",
                    "m",
                    ImportTask.Status.SUCCESS,
                    "message",
                    now,
                    now,
                    List.of("s"),
                    List.of("t"))),
            now,
            now);
    String text = RecordJson.write(image);
    assertEquals(image, RecordJson.read(text, "a"));
    List<String> damaged = new ArrayList<>();
    for (int i = 0; i < text.length(); i++) {
      damaged.add(text.substring(0, i));
      damaged.add(text.substring(0, i) + text.substring(i + 1));
      damaged.add(text.substring(0, i) + '\0' + text.substring(i + 1));
    }
    String value = "(\"[^\"]*\"|[0-9]+|true|false|\\{[^{}]*\\}|\\[[^\\[\\]]*\\])";
    Matcher matcher = Pattern.compile("(\"[a-z_0-9]+\":)" + value).matcher(text);
    while (matcher.find()) {
      for (String other :
          List.of("null", "{}", "[]", "[1,2]", "\"x\"", "-1", "1e999", "1.5", "{\"a\":null}")) {
        damaged.add(text.substring(0, matcher.start(2)) + other + text.substring(matcher.end(2)));
      }
    }
    int refused = 0;
    for (String each : damaged) {
      try {
        var _ = RecordJson.read(each, "its name");
      } catch (IOException e) {
        assertTrue(e.getMessage().startsWith("its name: "), e.getMessage());
        refused++;
      }
    }
    assertTrue(refused > damaged.size() / 2, refused + " of " + damaged.size());
  }

  /** As records were when a service had one store. */
  @Test
  void recordsOfBeforeAreRead() throws IOException {
    String id = "0e8d3a1c-7f4e-4bb8-9d0a-2b6f1a7c5e11";
    catalogue.close();
    Files.writeString(
        directory.resolve(id + ".json"),
        """
        {"version":1,"id":"%s","revision":3,"status":"active",
         "created_at":"2026-11-01T10:00:00Z","updated_at":"2026-11-01T10:00:01Z",
         "attributes":{"name":"n","owner":"p","visibility":"shared","protected":false,
          "hidden":false,"container_format":"bare","disk_format":"raw","min_disk":0,"min_ram":0,
          "tags":[],"properties":{}},
         "data":{"blob":"b","size":7,"virtual_size":512,"md5":"0a","sha512":"0b"},
         "lease":{"upload":"u","until":"2026-11-01T10:00:02Z"},
         "members":[],
         "tasks":[{"id":"t","user":"u","request":"r","method":"glance-direct","status":"success",
          "message":"m","created_at":"2026-11-01T10:00:00Z","updated_at":"2026-11-01T10:00:01Z"}]}
        """
            .formatted(id));
    catalogue = open();
    ImageRecord image = catalogue.find(id).orElseThrow();
    assertEquals(new StoredData("b", 7, 512, "0a", "0b"), image.data());
    assertEquals(Map.of("default", "b"), image.data().blobs());
    assertEquals("u", image.lease().upload());
    assertEquals(List.of(), image.tasks().getFirst().stores());
  }

  @Test
  void aRecordThatIsNoneIsNamed() throws IOException {
    ImageRecord image = image("a");
    assertTrue(catalogue.add(image));
    catalogue.close();
    Path file = directory.resolve(image.id() + ".json");
    String text = Files.readString(file);
    for (String bad :
        new String[] {"", "{}", "[]", text.substring(1), text.replace(":1,", ":2,")}) {
      Files.writeString(file, bad);
      IOException e = assertThrows(IOException.class, this::open);
      assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
    }
    Files.writeString(file, text);
    catalogue = open();
  }
}
