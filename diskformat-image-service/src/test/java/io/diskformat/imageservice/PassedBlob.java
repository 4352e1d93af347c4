package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.content;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.files;
import static io.diskformat.imageservice.ServiceFixture.random;
import static io.diskformat.imageservice.ServiceFixture.upload;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.file.FileBlobStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A blob that goes from one image to the next that shares it whenever somebody, who would delete it
 * otherwise, is in the middle of a list of all images.
 */
public final class PassedBlob {
  private static final byte[] DATA = random(100_000, 1);

  private final Path directory;
  private final Catalogue catalogue;
  private final Deque<String> next = new ArrayDeque<>();
  private final ImageService service;
  private String owner;
  private int passed;

  /** Returns a catalogue of which each list gives the blob to another image. */
  @FunctionalInterface
  public interface Looking {
    /** Returns one with the same records. */
    Catalogue at(PassedBlob blob) throws IOException;
  }

  private PassedBlob(Path directory, Catalogue catalogue) throws IOException {
    this.directory = directory;
    this.catalogue = catalogue;
    this.service =
        ImageService.open(
            catalogue, FileBlobStore.open(directory), ServiceLimits.usual().sharingBlobs());
  }

  /**
   * Runs it.
   *
   * @param directory of the blobs
   * @param catalogue an empty one, which is closed then
   * @param inOrder whether there are images before, so that a list that is read in order comes to
   *     the next one before the one that has the blob; otherwise each is new
   * @param looking by which it is listed
   */
  public static void run(Path directory, Catalogue catalogue, boolean inOrder, Looking looking)
      throws IOException {
    PassedBlob blob = new PassedBlob(directory, catalogue);
    try (ImageService _ = blob.service;
        Catalogue listed = looking.at(blob)) {
      blob.run(inOrder, listed);
    }
  }

  private void run(boolean inOrder, Catalogue listed) throws IOException {
    Blobs blobs = new Blobs(BlobStores.of(FileBlobStore.open(directory)), listed);
    begin(inOrder);
    new Recovery(service, listed, blobs, Duration.ofHours(1), new UpkeepFailures()).sweep();
    verify();
    begin(inOrder);
    StoredData shared = service.get(OWNER, owner).data().shared();
    blobs.delete(shared);
    verify();
  }

  private void begin(boolean inOrder) throws IOException {
    for (int i = 0; inOrder && i < 4; i++) {
      String _ = create(service, OWNER, "raw").id();
    }
    catalogue.all().map(ImageRecord::id).forEach(next::addFirst);
    owner = inOrder ? next.removeFirst() : create(service, OWNER, "raw").id();
    assertEquals(ImageStatus.ACTIVE, upload(service, OWNER, owner, DATA).status());
    passed = 0;
  }

  private void verify() throws IOException {
    assertTrue(passed > 0, "was not passed");
    assertArrayEquals(DATA, content(service, OWNER, owner));
    assertTrue(service.check(OWNER, owner).orElseThrow().isIntact());
    service.delete(OWNER, owner);
    assertEquals(0, files(directory));
    for (ImageRecord image : catalogue.all().toList()) {
      service.delete(OWNER, image.id());
    }
    next.clear();
  }

  /** Says that a list has just come to a record. */
  public void at(ImageRecord image) throws IOException {
    if (image.id().equals(next.peekFirst())) {
      pass(next.removeFirst());
    }
  }

  /** Gives the blob to a new image. */
  public void pass() throws IOException {
    pass(create(service, OWNER, "raw").id());
  }

  private void pass(String to) throws IOException {
    passed++;
    assertEquals(ImageStatus.ACTIVE, upload(service, OWNER, to, DATA).status());
    service.delete(OWNER, owner);
    owner = to;
    // Data, and checksums of it.
    assertEquals(2, files(directory));
  }
}
