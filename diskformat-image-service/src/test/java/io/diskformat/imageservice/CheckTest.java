package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.ADMIN;
import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.open;
import static io.diskformat.imageservice.ServiceFixture.qcow2;
import static io.diskformat.imageservice.ServiceFixture.random;
import static io.diskformat.imageservice.ServiceFixture.upload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stored data that is damaged is found, and where. */
final class CheckTest {
  private static final Logger LOG = Logger.getLogger(Scrubber.class.getName());
  private static final int BLOCK = BlockSums.BLOCK;

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  @TempDir private Path scratch;
  private ImageService service;

  @BeforeEach
  void begin() throws IOException {
    LOG.setLevel(Level.OFF);
    service = open(directory);
  }

  @AfterEach
  void end() throws IOException {
    LOG.setLevel(null);
    service.close();
  }

  private Path file(String blob) {
    return directory.resolve("blobs").resolve(blob.substring(0, 2)).resolve(blob);
  }

  private static void flip(Path file, long position) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      assertEquals(1, channel.read(one, position));
      one.put(0, (byte) (one.get(0) ^ 0x10));
      assertEquals(1, channel.write(one.rewind(), position));
    }
  }

  private ImageReport check(String id) throws IOException {
    return service.check(OWNER, id).orElseThrow();
  }

  @Test
  void everyDamagedBlockIsFound() throws IOException {
    Random random = new Random(Seeds.of(CheckTest.class));
    for (int size : new int[] {512, BLOCK, BLOCK + 512, 20 * BLOCK, 40 * BLOCK + 1024}) {
      String id = create(service, OWNER, "raw").id();
      String blob = upload(service, OWNER, id, random(size, size)).data().blob();
      assertTrue(check(id).isIntact());
      for (int i = 0; i < 3; i++) {
        long position = random.nextInt(size);
        flip(file(blob), position);
        long start = position / BLOCK * BLOCK;
        ImageReport report = check(id);
        assertEquals(1, report.problems().size(), report.toString());
        assertEquals(
            List.of(new ImageReport.Range(start, Math.min(size, start + BLOCK))), report.damaged());
        flip(file(blob), position);
      }
    }
  }

  @Test
  void neighboursAreOneRange() throws IOException {
    String id = create(service, OWNER, "raw").id();
    Path file = file(upload(service, OWNER, id, random(20 * BLOCK, 1)).data().blob());
    for (int block : new int[] {3, 4, 9, 19}) {
      flip(file, (long) block * BLOCK);
    }
    List<ImageReport.Range> expected = new ArrayList<>();
    expected.add(new ImageReport.Range(3 * BLOCK, 5 * BLOCK));
    expected.add(new ImageReport.Range(9 * BLOCK, 10 * BLOCK));
    expected.add(new ImageReport.Range(19 * BLOCK, 20 * BLOCK));
    assertEquals(expected, check(id).damaged());
  }

  @Test
  void damagedTablesAreNamed() throws IOException {
    byte[] image = qcow2(scratch, 64 << 20, new Random(1));
    String id = create(service, OWNER, "qcow2").id();
    Path file = file(upload(service, OWNER, id, image).data().blob());
    assertTrue(check(id).isIntact(), check(id).toString());
    // The offset of the L1 table.
    flip(file, 46);
    ImageReport report = check(id);
    assertTrue(report.problems().size() > 1, report.toString());
    assertEquals(List.of(new ImageReport.Range(0, BLOCK)), report.damaged());
  }

  @Test
  void whatIsCutShortOrMissingIsFound() throws IOException {
    String id = create(service, OWNER, "raw").id();
    assertTrue(service.check(OWNER, id).isEmpty());
    String blob = upload(service, OWNER, id, random(5 * BLOCK, 1)).data().blob();
    byte[] stored = Files.readAllBytes(file(blob));
    try (FileChannel channel = FileChannel.open(file(blob), StandardOpenOption.WRITE)) {
      channel.truncate(3 * BLOCK);
    }
    assertEquals(3, check(id).problems().size(), check(id).toString());
    Files.write(file(blob), stored);
    assertTrue(check(id).isIntact());
    Path sums = file(BlockSums.name(blob));
    byte[] sumsStored = Files.readAllBytes(sums);
    assertEquals(4 * 6, sumsStored.length);
    for (int position = 0; position < sumsStored.length; position += 3) {
      flip(sums, position);
      assertEquals(1, check(id).problems().size(), check(id).toString());
      assertEquals(List.of(), check(id).damaged());
      flip(sums, position);
    }
    Files.write(sums, new byte[1], StandardOpenOption.APPEND);
    assertEquals(1, check(id).problems().size());
    Files.delete(sums);
    assertEquals(1, check(id).problems().size());
    Files.delete(file(blob));
    assertEquals(
        List.of("The store does not have the data"),
        service.check(ADMIN, id).orElseThrow().problems());
  }

  /** Whichever call of the store fails: that is said, and nothing is called damaged. */
  @Test
  void whatCannotBeReadIsNoDamage() throws IOException {
    String id = create(service, OWNER, "qcow2").id();
    var _ = upload(service, OWNER, id, qcow2(scratch, 64 << 20, new Random(1)));
    service.close();
    AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
    HookedCalls failing =
        new HookedCalls(
            method -> {
              if (!method.equals("close") && left.getAndDecrement() == 0) {
                throw new IOException("as if");
              }
            },
            HookedCalls.NOTHING);
    service =
        ImageService.open(
            FileCatalogue.open(directory.resolve("catalogue")),
            failing.wrap(BlobStore.class, FileBlobStore.open(directory)),
            ServiceLimits.usual());
    int calls = 0;
    while (true) {
      left.set(calls);
      ImageReport report = check(id);
      if (left.get() >= 0) {
        assertTrue(report.isIntact(), report.toString());
        break;
      }
      assertEquals(
          List.of("The data could not be checked: as if"), report.notChecked(), "call " + calls);
      assertFalse(report.isDamaged(), report.toString());
      calls++;
    }
    assertTrue(calls > 10, "calls: " + calls);
  }

  @Test
  void theScrubberChecksAllAgainAndAgain() throws Exception {
    String intact = create(service, OWNER, "raw").id();
    String damaged = create(service, OWNER, "raw").id();
    var _ = create(service, OWNER, "raw");
    var _ = upload(service, OWNER, intact, random(2 * BLOCK, 1));
    flip(file(upload(service, OWNER, damaged, random(2 * BLOCK, 2)).data().blob()), 7);
    BlockingQueue<ImageReport> reports = new LinkedBlockingQueue<>();
    try (Scrubber _ = Scrubber.start(service, Duration.ZERO, 1 << 30, reports::add)) {
      for (int i = 0; i < 6; i++) {
        ImageReport report = reports.take();
        assertEquals(report.image().equals(intact), report.isIntact());
      }
    }
  }

  /** Opens a service whose store deletes an image in the moment in which it is called. */
  private void openDeleting(AtomicReference<String> doomed) throws IOException {
    service.close();
    BlobStore real = FileBlobStore.open(directory);
    BlobStore store =
        (BlobStore)
            Proxy.newProxyInstance(
                BlobStore.class.getClassLoader(),
                new Class<?>[] {BlobStore.class},
                (_, method, arguments) -> {
                  String id = doomed.getAndSet("");
                  if (!id.isEmpty()) {
                    service.delete(OWNER, id);
                  }
                  try {
                    return method.invoke(real, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    service =
        ImageService.open(
            FileCatalogue.open(directory.resolve("catalogue")), store, ServiceLimits.usual());
  }

  @Test
  void anImageThatIsDeletedMeanwhileIsNotFound() throws IOException {
    AtomicReference<String> doomed = new AtomicReference<>("");
    openDeleting(doomed);
    String checked = create(service, OWNER, "raw").id();
    var _ = upload(service, OWNER, checked, random(1000, 1));
    doomed.set(checked);
    ImageServiceException e = assertThrows(ImageServiceException.class, () -> check(checked));
    assertEquals(ImageServiceException.Problem.NOT_FOUND, e.problem());
    String read = create(service, OWNER, "raw").id();
    var _ = upload(service, OWNER, read, random(1000, 1));
    doomed.set(read);
    e = assertThrows(ImageServiceException.class, () -> service.open(OWNER, read));
    assertEquals(ImageServiceException.Problem.NOT_FOUND, e.problem());
  }

  @Test
  void aFailingListenerDoesNotEndTheChecks() throws Exception {
    for (int i = 0; i < 3; i++) {
      var _ = upload(service, OWNER, create(service, OWNER, "raw").id(), random(1000, i));
    }
    BlockingQueue<ImageReport> reports = new LinkedBlockingQueue<>();
    try (Scrubber _ =
        Scrubber.start(
            service,
            Duration.ofDays(1),
            1 << 30,
            report -> {
              reports.add(report);
              if (reports.size() == 1) {
                throw new IllegalStateException("as if");
              }
              throw new StackOverflowError("as if");
            })) {
      for (int i = 0; i < 3; i++) {
        assertNotNull(reports.poll(60, TimeUnit.SECONDS));
      }
    }
  }
}
