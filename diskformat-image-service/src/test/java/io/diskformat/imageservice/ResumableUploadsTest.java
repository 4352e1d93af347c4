package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.ADMIN;
import static io.diskformat.imageservice.ServiceFixture.OTHER;
import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.content;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.files;
import static io.diskformat.imageservice.ServiceFixture.hex;
import static io.diskformat.imageservice.ServiceFixture.qcow2;
import static io.diskformat.imageservice.ServiceFixture.random;
import static io.diskformat.imageservice.ServiceFixture.upload;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.testing.Seeds;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Uploads that are cut off, and go on. */
final class ResumableUploadsTest {
  private static final int PIECE = 50_000;
  private static final Logger LOG = Logger.getLogger(Blobs.class.getName());

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  private final FaultyStore store = new FaultyStore();
  private final FaultyStore records = new FaultyStore();
  private ServiceLimits limits = ServiceLimits.usual();
  private ImageService service;

  private ImageService open(Clock clock) throws IOException {
    ImageService opened =
        ImageService.open(
            records.of(Catalogue.class, FileCatalogue.open(directory.resolve("catalogue"))),
            BlobStores.of(store.of(BlobStore.class, FileBlobStore.open(directory))),
            limits,
            clock);
    opened.resumable().pieces(PIECE);
    return opened;
  }

  private void reopen(Duration later) throws IOException {
    service.close();
    service = open(Clock.offset(Clock.systemUTC(), later));
  }

  @BeforeEach
  void begin() throws IOException {
    LOG.setLevel(Level.OFF);
    service = open(Clock.systemUTC());
  }

  @AfterEach
  void end() throws IOException {
    service.close();
    LOG.setLevel(null);
  }

  private static void refused(Problem problem, Executable what) {
    assertEquals(problem, assertThrows(ImageServiceException.class, what).problem());
  }

  private String begun(String format, long length) throws IOException {
    String id = create(service, OWNER, format).id();
    assertEquals(0, service.resumable().begin(OWNER, id, length, StoreChoice.usual()).offset());
    return id;
  }

  private long offset(String id) throws IOException {
    return service.resumable().progress(OWNER, id).orElseThrow().offset();
  }

  private static InputStream part(byte[] data, long from, long to) {
    return new ByteArrayInputStream(data, (int) from, (int) (to - from));
  }

  /** What a connection that is lost leaves of a body. */
  private static InputStream cut(byte[] data, long from, long to) {
    return new SequenceInputStream(
        part(data, from, to),
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("the connection is lost");
          }
        });
  }

  private void append(String id, long offset, InputStream body, boolean completes)
      throws IOException {
    var _ = service.resumable().append(OWNER, id, offset, body, completes);
  }

  private void verify(String id, byte[] data) throws IOException {
    ImageRecord image = service.get(OWNER, id);
    assertEquals(ImageStatus.ACTIVE, image.status());
    assertNull(image.partial());
    assertEquals(hex("MD5", data), image.data().md5());
    assertEquals(hex("SHA-512", data), image.data().sha512());
    assertArrayEquals(data, content(service, OWNER, id));
    assertTrue(service.check(OWNER, id).orElseThrow().isIntact());
    assertEquals(2, files(directory));
  }

  @Test
  void anUploadGoesOnWhereItWasCutOff() throws IOException {
    Random random = new Random(Seeds.of(ResumableUploadsTest.class, 1));
    byte[] data = qcow2(directory, 64 << 20, random);
    String id = begun("qcow2", data.length);
    int cuts = 0;
    while (offset(id) < data.length) {
      long from = offset(id);
      long to = Math.min(data.length, from + 1 + random.nextInt(200_000));
      assertThrows(IOException.class, () -> append(id, from, cut(data, from, to), true));
      assertEquals(to, offset(id));
      assertEquals(ImageStatus.QUEUED, service.get(OWNER, id).status());
      reopen(Duration.ZERO);
      assertEquals(to, offset(id));
      cuts++;
    }
    assertTrue(cuts > 2, "cuts: " + cuts);
    append(id, data.length, InputStream.nullInputStream(), true);
    verify(id, data);
    assertTrue(service.resumable().progress(OWNER, id).isEmpty());
  }

  @Test
  void itsPartsMayComeAsTheClientLikes() throws IOException {
    byte[] data = random(3 * PIECE, 1);
    String id = begun("raw", -1);
    append(id, 0, part(data, 0, 10), false);
    append(id, 10, part(data, 10, 10), false);
    append(id, 10, part(data, 10, 2 * PIECE + 10), false);
    assertEquals(2 * PIECE + 10, offset(id));
    append(id, 2 * PIECE + 10, part(data, 2 * PIECE + 10, data.length), true);
    verify(id, data);
    service.delete(OWNER, id);
    assertEquals(0, files(directory));
  }

  @Test
  void allMayComeAtOnce() throws IOException {
    byte[] data = random(3 * PIECE, 1);
    String id = begun("raw", data.length);
    append(id, 0, part(data, 0, data.length), true);
    verify(id, data);
  }

  @Test
  void anotherOffsetIsRefused() throws IOException {
    byte[] data = random(3 * PIECE, 1);
    String id = begun("raw", data.length);
    append(id, 0, part(data, 0, 100), false);
    refused(Problem.CONFLICT, () -> append(id, 0, part(data, 0, 100), false));
    refused(Problem.CONFLICT, () -> append(id, 200, part(data, 0, 100), true));
    assertEquals(100, offset(id));
    append(id, 100, part(data, 100, data.length), true);
    refused(Problem.CONFLICT, () -> append(id, data.length, part(data, 0, 1), true));
    verify(id, data);
    String other = create(service, OWNER, "raw").id();
    refused(Problem.NOT_FOUND, () -> append(other, 0, part(data, 0, 1), true));
    assertEquals(ImageStatus.QUEUED, service.get(OWNER, other).status());
    refused(Problem.NOT_FOUND, () -> service.resumable().progress(OTHER, other));
  }

  @Test
  void aLengthThatLiesIsRefused() throws IOException {
    byte[] data = random(3 * PIECE, 1);
    for (int length : new int[] {data.length - 1, data.length + 1, 10}) {
      String id = begun("raw", length);
      refused(Problem.INVALID, () -> append(id, 0, part(data, 0, data.length), true));
      assertEquals(ImageStatus.QUEUED, service.get(OWNER, id).status());
      assertTrue(service.resumable().progress(OWNER, id).isEmpty());
      assertEquals(0, files(directory));
    }
  }

  @Test
  void whatIsRefusedIsForgotten() throws IOException {
    byte[] data = random(3 * PIECE, 1);
    String id = begun("qcow2", data.length);
    int[] read = new int[1];
    InputStream counted =
        new InputStream() {
          @Override
          public int read() {
            return data[read[0]++] & 0xff;
          }
        };
    refused(Problem.UNSUPPORTED, () -> append(id, 0, counted, true));
    assertTrue(read[0] < data.length, "read: " + read[0]);
    assertTrue(service.resumable().progress(OWNER, id).isEmpty());
    byte[] image = qcow2(directory, 64 << 20, new Random(1));
    var _ = service.resumable().begin(OWNER, id, -1, StoreChoice.usual());
    append(id, 0, part(image, 0, 2 * PIECE), false);
    refused(Problem.UNSUPPORTED, () -> append(id, 2 * PIECE, InputStream.nullInputStream(), true));
    assertEquals(0, files(directory));
    var _ = upload(service, OWNER, id, image);
    verify(id, image);
  }

  @Test
  void itIsForgottenWhenItsTimeIsOver() throws IOException {
    byte[] data = random(3 * PIECE, 1);
    String id = begun("raw", data.length);
    append(id, 0, part(data, 0, 2 * PIECE), false);
    reopen(Duration.ofHours(23));
    assertEquals(2 * PIECE, offset(id));
    assertEquals(2, files(directory));
    reopen(Duration.ofHours(25));
    assertTrue(service.resumable().progress(OWNER, id).isEmpty());
    assertEquals(0, files(directory));
  }

  @Test
  void itIsForgottenWithItsImageOrIfSomethingElseComes() throws IOException {
    byte[] data = random(3 * PIECE, 1);
    String deleted = begun("raw", -1);
    append(deleted, 0, part(data, 0, PIECE), false);
    service.delete(OWNER, deleted);
    assertEquals(0, files(directory));
    String cancelled = begun("raw", -1);
    append(cancelled, 0, part(data, 0, PIECE), false);
    service.resumable().cancel(OWNER, cancelled);
    service.resumable().cancel(OWNER, cancelled);
    assertEquals(0, files(directory));
    assertTrue(service.resumable().progress(OWNER, cancelled).isEmpty());
    String again = begun("raw", -1);
    append(again, 0, part(data, 0, PIECE), false);
    var _ = service.resumable().begin(OWNER, again, -1, StoreChoice.usual());
    assertEquals(0, files(directory));
    append(again, 0, part(data, 0, PIECE), false);
    var _ = upload(service, OWNER, again, data);
    verify(again, data);
  }

  @Test
  void anImageThatIsDeletedMeanwhileIsGone() throws IOException {
    byte[] data = random(3 * PIECE, 1);
    String id = begun("raw", -1);
    InputStream body =
        new SequenceInputStream(
            part(data, 0, PIECE + 1),
            new InputStream() {
              @Override
              public int read() throws IOException {
                service.delete(OWNER, id);
                return -1;
              }
            });
    refused(Problem.GONE, () -> append(id, 0, body, true));
    assertEquals(0, files(directory));
  }

  @Test
  void nobodyElseUploadsMeanwhile() throws IOException {
    byte[] data = random(3 * PIECE, 1);
    String id = begun("raw", -1);
    InputStream body =
        new SequenceInputStream(
            new InputStream() {
              @Override
              public int read() {
                refused(Problem.CONFLICT, () -> append(id, 0, part(data, 0, 1), false));
                refused(Problem.CONFLICT, () -> upload(service, OWNER, id, data));
                refused(Problem.CONFLICT, () -> service.resumable().cancel(OWNER, id));
                return -1;
              }
            },
            part(data, 0, data.length));
    append(id, 0, body, true);
    verify(id, data);
  }

  @Test
  void aProjectHasAQuotaOfThem() throws IOException {
    limits = ServiceLimits.usual().resumable(Duration.ofDays(1), 3 * PIECE);
    reopen(Duration.ZERO);
    byte[] data = random(4 * PIECE, 1);
    String first = begun("raw", -1);
    append(first, 0, part(data, 0, 2 * PIECE), false);
    String second = begun("raw", -1);
    refused(Problem.TOO_LARGE, () -> append(second, 0, part(data, 0, 2 * PIECE), false));
    assertEquals(PIECE, offset(second));
    refused(
        Problem.TOO_LARGE,
        () ->
            service
                .resumable()
                .begin(OWNER, create(service, OWNER, "raw").id(), -1, StoreChoice.usual()));
    service.resumable().cancel(OWNER, second);
    assertEquals(0, service.resumable().begin(OWNER, second, -1, StoreChoice.usual()).offset());
    append(second, 0, part(data, 0, PIECE), false);
    // What is begun anew does not stand in its own way.
    assertEquals(0, service.resumable().begin(OWNER, second, -1, StoreChoice.usual()).offset());
    append(second, 0, part(data, 0, PIECE), false);
    // It is nobody else's.
    String other = create(service, ADMIN, "raw").id();
    var _ = service.resumable().begin(ADMIN, other, -1, StoreChoice.usual());
    assertTrue(
        service.resumable().append(ADMIN, other, 0, part(data, 0, 2 * PIECE), true).isEmpty());
    service.resumable().cancel(OWNER, first);
    append(second, PIECE, part(data, PIECE, 3 * PIECE), true);
    assertEquals(ImageStatus.ACTIVE, service.get(OWNER, second).status());
  }

  @Test
  void itGoesToTheStoreThatIsChosen() throws IOException {
    service.close();
    byte[] data = random(3 * PIECE, 1);
    service =
        ImageService.open(
            FileCatalogue.open(directory.resolve("catalogue")),
            BlobStores.of("one", FileBlobStore.open(directory.resolve("one")), "")
                .with("two", FileBlobStore.open(directory.resolve("two")), ""),
            limits);
    String id = create(service, OWNER, "raw").id();
    var _ = service.resumable().begin(OWNER, id, -1, StoreChoice.of("two"));
    append(id, 0, part(data, 0, data.length), true);
    assertArrayEquals(data, content(service, OWNER, id));
    assertEquals(0, files(directory.resolve("one")));
    assertEquals(2, files(directory.resolve("two")));
  }

  /** Whatever call fails: what is in the record is there, and can be resumed. */
  @Test
  void itSurvivesEachFault() throws IOException {
    int failed = 0;
    for (FaultyStore faulty : List.of(store, records)) {
      for (int way = 0; way < 3; way++) {
        int call = 0;
        while (resumedWithFault(faulty, call, way)) {
          // Not each call in each way.
          call += 1 + way;
          failed++;
        }
      }
    }
    assertTrue(failed > 20, "faults: " + failed);
  }

  private boolean resumedWithFault(FaultyStore faulty, int call, int way) throws IOException {
    byte[] data = random(3 * PIECE, 1);
    String id = begun("raw", data.length);
    faulty.fail(call, way == 2, way == 1);
    try {
      append(id, 0, part(data, 0, PIECE + 10), false);
      append(id, PIECE + 10, part(data, PIECE + 10, data.length), true);
    } catch (IOException e) {
      // It is resumed.
    }
    boolean touched = faulty.heal() > call;
    reopen(Duration.ZERO);
    if (service.get(OWNER, id).status() != ImageStatus.ACTIVE) {
      assertEquals(ImageStatus.QUEUED, service.get(OWNER, id).status());
      long from = offset(id);
      assertEquals(service.get(OWNER, id).partial().pieces().size(), files(directory));
      append(id, from, part(data, from, data.length), true);
    }
    verify(id, data);
    service.delete(OWNER, id);
    assertEquals(0, files(directory));
    return touched;
  }

  /** A TiB in pieces that grow is no long record. */
  @Test
  void thereAreNeverManyPieces() {
    PartialUpload partial = new PartialUpload("s", List.of(), -1, Instant.EPOCH);
    while (partial.offset() < 1L << 40) {
      long size = ResumableUploads.largestPiece(64 << 20, partial);
      partial = partial.with(new PartialUpload.Piece("b", size), Instant.EPOCH);
    }
    assertTrue(partial.pieces().size() < 200, "pieces: " + partial.pieces().size());
  }

  /** All pieces are in the record: of single bytes there must not be millions. */
  @Test
  void itDoesNotComeInAnyNumberOfPieces() throws ImageServiceException {
    PartialUpload.Piece piece = new PartialUpload.Piece("b", 1);
    for (int more : new int[] {-1, 0}) {
      PartialUpload partial =
          new PartialUpload(
              "s",
              Collections.nCopies(ResumableUploads.MOST_PIECES + more, piece),
              -1,
              Instant.EPOCH);
      if (more < 0) {
        ResumableUploads.checkPieces("i", partial);
      } else {
        refused(Problem.CONFLICT, () -> ResumableUploads.checkPieces("i", partial));
      }
    }
  }
}
