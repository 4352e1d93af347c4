package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.random;
import static io.diskformat.imageservice.ServiceFixture.upload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Damages what a store has, behind the back of its service: each damage is found, in the image that
 * has it and in no other, and what there was before is intact when it is put back.
 */
public final class StoreDamage {
  private static final int BLOCK = BlockSums.BLOCK;
  private static final int IMAGES = 4;

  private final ImageService service;
  private final Objects objects;
  private final Random random;
  private final List<String> ids = new ArrayList<>();

  /** What is behind a store. */
  public interface Objects {
    /** Returns the bytes of a blob. */
    byte[] read(String blob) throws IOException;

    /** Makes a blob of these bytes, whether there is one or not. */
    void write(String blob, byte[] bytes) throws IOException;

    /** Deletes a blob. */
    void delete(String blob) throws IOException;
  }

  /** Prepares it. */
  public StoreDamage(ImageService service, Objects objects, Random random) {
    this.service = service;
    this.objects = objects;
    this.random = random;
  }

  /** Does all. */
  public void run(int rounds) throws IOException {
    for (int i = 0; i < IMAGES; i++) {
      ids.add(create(service, OWNER, "raw").id());
      var _ = upload(service, OWNER, ids.getLast(), random(1000 + i * (3 * BLOCK - 100), i));
    }
    for (int i = 0; i < rounds; i++) {
      int which = random.nextInt(IMAGES);
      String blob = blob(ids.get(which));
      String sums = BlockSums.name(blob);
      byte[] bytes = objects.read(blob);
      byte[] sumsBytes = objects.read(sums);
      String what = damage(which, blob, bytes, sums, sumsBytes);
      for (int j = 0; j < IMAGES; j++) {
        ImageReport report = service.check(OWNER, ids.get(j)).orElseThrow();
        assertEquals(j != which, report.isIntact(), what + ": " + report);
      }
      objects.write(blob, bytes);
      objects.write(sums, sumsBytes);
    }
    missing();
    for (String id : ids) {
      service.delete(OWNER, id);
    }
  }

  private String blob(String id) throws IOException {
    return service.get(OWNER, id).data().blob();
  }

  private String damage(int which, String blob, byte[] bytes, String sums, byte[] sumsBytes)
      throws IOException {
    String id = ids.get(which);
    switch (random.nextInt(7)) {
      case 0 -> {
        int at = random.nextInt(bytes.length);
        byte[] flipped = bytes.clone();
        flipped[at] ^= (byte) (1 << random.nextInt(8));
        objects.write(blob, flipped);
        long start = (long) at / BLOCK * BLOCK;
        assertEquals(
            List.of(new ImageReport.Range(start, Math.min(bytes.length, start + BLOCK))),
            service.check(OWNER, id).orElseThrow().damaged());
        return "a bit of " + at;
      }
      case 1 -> {
        int length = random.nextInt(bytes.length);
        objects.write(blob, Arrays.copyOf(bytes, length));
        return "cut to " + length;
      }
      case 2 -> {
        objects.write(blob, Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(BLOCK)));
        return "zeroes behind it";
      }
      case 3 -> {
        int other = (which + 1 + random.nextInt(IMAGES - 1)) % IMAGES;
        objects.write(blob, objects.read(blob(ids.get(other))));
        objects.write(sums, objects.read(BlockSums.name(blob(ids.get(other)))));
        return "another image's data and checksums";
      }
      case 4 -> {
        byte[] flipped = sumsBytes.clone();
        flipped[random.nextInt(flipped.length)] ^= 1;
        objects.write(sums, flipped);
        return "a bit of the checksums";
      }
      case 5 -> {
        objects.delete(sums);
        return "no checksums";
      }
      default -> {
        byte[] zeroed = bytes.clone();
        int from = random.nextInt(bytes.length);
        Arrays.fill(zeroed, from, Math.min(bytes.length, from + BLOCK), (byte) 0);
        zeroed[from] = (byte) (bytes[from] + 1);
        objects.write(blob, zeroed);
        return "zeroes from " + from;
      }
    }
  }

  /** Data that is gone is said to be, and hinders nobody to delete the image. */
  private void missing() throws IOException {
    String id = ids.getFirst();
    objects.delete(blob(id));
    ImageReport report = service.check(OWNER, id).orElseThrow();
    assertEquals(List.of("The store does not have the data"), report.problems());
    assertFalse(report.isIntact());
    ImageServiceException e =
        assertThrows(ImageServiceException.class, () -> service.open(OWNER, id));
    assertEquals(Problem.UNAVAILABLE, e.problem());
    assertTrue(service.check(OWNER, ids.getLast()).orElseThrow().isIntact());
  }
}
