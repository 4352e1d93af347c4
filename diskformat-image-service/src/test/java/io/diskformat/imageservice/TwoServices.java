package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.content;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.files;
import static io.diskformat.imageservice.ServiceFixture.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.nio.file.Path;

/** Two services with one catalogue and one store, of which one stops working. */
public final class TwoServices {
  private final Path directory;
  private final String catalogue;

  /** Prepares them. */
  public TwoServices(Path directory, String catalogue) {
    this.directory = directory;
    this.catalogue = catalogue;
  }

  /** Lets one upload on one service meet another in each of its steps. */
  public void run() throws IOException {
    try (ImageService one = ServiceFixture.open(directory, catalogue);
        ImageService other = ServiceFixture.open(directory, catalogue)) {
      byte[] data = random(300_000, 1);
      String id = create(one, OWNER, "raw").id();
      HookedBody body = HookedBody.inTheMiddle(data, () -> whileOneUploads(other, id));
      assertEquals(ImageStatus.ACTIVE, one.upload(OWNER, id, body, -1).status());
      assertTrue(body.isDone());
      assertArrayEquals(data, content(other, OWNER, id));
      other.delete(OWNER, id);
      ImageServiceException gone =
          assertThrows(ImageServiceException.class, () -> one.open(OWNER, id));
      assertEquals(Problem.NOT_FOUND, gone.problem());
      assertEquals(0, files(directory));
      aServiceThatHangsLosesItsUpload(one);
    }
  }

  /** Nothing of an upload that another service makes is touched. */
  private void whileOneUploads(ImageService other, String id) throws IOException {
    ImageServiceException e =
        assertThrows(
            ImageServiceException.class,
            () -> ServiceFixture.upload(other, OWNER, id, random(600, 2)));
    assertEquals(Problem.CONFLICT, e.problem());
    // A third one, which sweeps when it is opened.
    ServiceFixture.open(directory, catalogue).close();
    assertEquals(ImageStatus.SAVING, other.get(OWNER, id).status());
    // Data, and checksums of it.
    assertEquals(2, files(directory));
  }

  /** A service that comes back after others took it for dead does no harm. */
  private void aServiceThatHangsLosesItsUpload(ImageService one) throws IOException {
    byte[] late = random(300_000, 3);
    byte[] data = random(400_000, 4);
    String id = create(one, OWNER, "raw").id();
    HookedBody body =
        HookedBody.inTheMiddle(
            late,
            () -> {
              try (ImageService later = ServiceFixture.openLater(directory, catalogue)) {
                assertEquals(ImageStatus.QUEUED, later.get(OWNER, id).status());
                assertEquals(0, files(directory));
                assertEquals(
                    ImageStatus.ACTIVE, ServiceFixture.upload(later, OWNER, id, data).status());
              }
            });
    ImageServiceException gone =
        assertThrows(ImageServiceException.class, () -> one.upload(OWNER, id, body, -1));
    assertEquals(Problem.GONE, gone.problem());
    assertTrue(body.isDone());
    assertArrayEquals(data, content(one, OWNER, id));
    // Data, and checksums of it.
    assertEquals(2, files(directory));
  }
}
