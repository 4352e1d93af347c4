package io.diskformat.luks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.EncryptedImage;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a header says, opening it fails soon, and in one way only. */
final class HostileHeadersTest {
  private static final int SIZE = 64 << 10;

  @TempDir Path directory;
  private byte[] good = new byte[0];
  private OpenOptions options = OpenOptions.readOnly();

  @BeforeEach
  void create() throws IOException {
    EncryptedImage image = new EncryptedImage(directory.resolve("x"), "luks", "passphrase");
    DiskImages.create(
        image.file(), image.creation(SIZE, Map.of("cipher-alg", "aes-128")), disk -> {});
    good = Files.readAllBytes(image.file());
    options = image.options(false);
  }

  /** Opens an image and reads it, or fails as it may; returns whether it could be read. */
  private boolean opens(byte[] bytes) throws IOException {
    boolean described = false;
    try (DiskImage image =
        DiskImages.open(
            MemoryStorage.of("x", bytes), OpenOptions.readOnly().format("luks").metadataOnly())) {
      assertTrue(image.info().isEncrypted());
      described = true;
    } catch (DiskFormatException e) {
      assertTrue(e.getMessage().startsWith("x: "), e.getMessage());
    }
    try (DiskImage image = DiskImages.open(MemoryStorage.of("x", bytes), options)) {
      byte[] read = new byte[(int) Math.min(image.size(), SIZE)];
      image.read(0, MemorySegment.ofArray(read));
      assertTrue(described, "what can be read can be described");
      return true;
    } catch (DiskFormatException e) {
      assertTrue(e.getMessage().startsWith("x: "), e.getMessage());
      return false;
    }
  }

  @Test
  void theGoodOneOpens() throws IOException {
    assertTrue(opens(good));
  }

  /** Each number at its limits; what asks for too much work does none. */
  @ParameterizedTest
  @ValueSource(
      ints = {
        LuksLayout.PAYLOAD,
        LuksLayout.KEY_BYTES,
        LuksLayout.DIGEST_ITERATIONS,
        LuksLayout.SLOT_TABLE,
        LuksLayout.SLOT_TABLE + LuksLayout.SLOT_ITERATIONS,
        LuksLayout.SLOT_TABLE + LuksLayout.SLOT_MATERIAL,
        LuksLayout.SLOT_TABLE + LuksLayout.SLOT_STRIPES,
        LuksLayout.SLOT_TABLE + LuksLayout.SLOT_LENGTH
      })
  void numbersAtTheirLimits(int field) throws IOException {
    for (int value :
        new int[] {0, 1, 2, 15, 31, 63, 65, 4000, 4001, Integer.MAX_VALUE, -1, 1 << 31}) {
      byte[] bytes = good.clone();
      ByteBuffer.wrap(bytes).putInt(field, value);
      boolean _ = opens(bytes);
    }
  }

  @Test
  void aHeaderThatAsksForHoursIsRefusedByName() {
    for (int at : new int[] {LuksLayout.DIGEST_ITERATIONS, LuksLayout.SLOT_TABLE + 4}) {
      byte[] bytes = good.clone();
      ByteBuffer.wrap(bytes).putInt(at, -1);
      UnsupportedFeatureException e =
          assertThrows(
              UnsupportedFeatureException.class,
              () -> DiskImages.open(MemoryStorage.of("x", bytes), options));
      assertTrue(e.feature().contains("rounds"), e.feature());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "xts-plain65",
        "lrw-benbi",
        "xts-essiv:sha1",
        "cbc-essiv",
        "pcbc",
        "xts-",
        "",
        "-",
        ":"
      })
  void unknownModesAreNamed(String mode) throws IOException {
    byte[] bytes = good.clone();
    Arrays.fill(bytes, LuksLayout.MODE, LuksLayout.MODE + LuksLayout.NAME_LENGTH, (byte) 0);
    byte[] text = mode.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, bytes, LuksLayout.MODE, text.length);
    assertThrows(
        UnsupportedFeatureException.class,
        () -> DiskImages.open(MemoryStorage.of("x", bytes), options));
    boolean _ = opens(bytes);
  }

  @Test
  void anyByteAtRandom() throws IOException {
    Random random = new Random(Seeds.of(HostileHeadersTest.class, 1));
    for (int i = 0; i < 500; i++) {
      byte[] bytes = good.clone();
      for (int j = random.nextInt(3); j >= 0; j--) {
        int at = random.nextInt(LuksLayout.LENGTH);
        // Not the upper bytes of iterations: with those, it may work for half a minute.
        boolean slow =
            at >= LuksLayout.DIGEST_ITERATIONS && at < LuksLayout.DIGEST_ITERATIONS + 2
                || at >= LuksLayout.SLOT_TABLE
                    && (at - LuksLayout.SLOT_TABLE) % LuksLayout.SLOT_LENGTH >= 4
                    && (at - LuksLayout.SLOT_TABLE) % LuksLayout.SLOT_LENGTH < 6;
        bytes[slow ? 0 : at] = (byte) random.nextInt(256);
      }
      boolean _ = opens(bytes);
    }
    for (int length = 0; length < good.length; length += 1 + random.nextInt(20_000)) {
      boolean _ = opens(Arrays.copyOf(good, length));
    }
  }

  /** Version 2 is described, as far as its text makes sense, and refused by name. */
  @Test
  void version2IsNamed() throws IOException {
    String json =
        """
        {"keyslots":{"0":{"type":"luks2","key_size":64,"kdf":{"type":"argon2id","time":4}}},
        "segments":{"0":{"type":"crypt","offset":"16777216","size":"dynamic",
        "encryption":"aes-xts-plain64","sector_size":4096}}}\
        """;
    ByteBuffer header = ByteBuffer.allocate(17 << 20);
    header.put(0, good, 0, 6).putShort(6, (short) 2).putLong(8, 16384);
    header.put(168, "0aa926bd-8f74-40ae-9d7f-ba0baa5ed897".getBytes(StandardCharsets.US_ASCII));
    header.put(4096, json.getBytes(StandardCharsets.UTF_8));
    try (DiskImage image =
        DiskImages.open(
            MemoryStorage.of("x", header.array()), OpenOptions.readOnly().metadataOnly())) {
      assertEquals(1 << 20, image.size());
      Map<String, Object> details = image.info().details();
      assertEquals(2L, details.get("version"));
      assertEquals("aes-xts-plain64", details.get("cipher"));
      assertEquals("4096", details.get("sector-size"));
      assertEquals("argon2id", details.get("kdf"));
      assertEquals(16777216L, details.get("payload-offset"));
    }
    UnsupportedFeatureException e =
        assertThrows(
            UnsupportedFeatureException.class,
            () -> DiskImages.open(MemoryStorage.of("x", header.array()), options));
    assertEquals("LUKS version 2", e.feature());
    Random random = new Random(Seeds.of(HostileHeadersTest.class, 1));
    for (int i = 0; i < 200; i++) {
      byte[] bytes = Arrays.copyOf(header.array(), 16384);
      for (int j = 0; j < 4; j++) {
        bytes[8 + random.nextInt(4500)] = (byte) random.nextInt(256);
      }
      boolean _ = opens(bytes);
    }
  }
}
