package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInfo;
import io.diskformat.OpenOptions;
import io.diskformat.PassphraseException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.InfoAgreement;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An encrypted image is described without a secret, as qemu-img does it, and not opened so. */
class EncryptionTest {
  private static final int ENCRYPTION_HEADER = 0x0537be77;
  private static final int CLUSTER = 4096;

  /** Where the header of a handmade image is: in the cluster behind all others. */
  private static final int LUKS = 4 * CLUSTER;

  private static final OpenOptions METADATA = OpenOptions.readOnly().metadataOnly();

  @TempDir private Path directory;

  private Path image() {
    return directory.resolve("image.qcow2");
  }

  @ParameterizedTest
  @CsvSource({
    "aes,aes",
    "'luks,encrypt.iter-time=10',luks",
    "'luks,encrypt.iter-time=10,encrypt.cipher-alg=serpent-128,encrypt.cipher-mode=cbc,"
        + "encrypt.ivgen-alg=essiv,encrypt.ivgen-hash-alg=sha256,encrypt.hash-alg=sha512',"
        + "luks"
  })
  void isReportedAsByQemuImg(String options, String reported) throws IOException {
    Oracle.Result made = createEncrypted(options);
    // For LUKS it measures the processor, and gives up where that is busy with something else.
    for (int tries = 1; made.error().contains("CPU usage") && tries < 50; tries++) {
      made = createEncrypted(options);
    }
    made.orFail();
    String json = Oracle.qemuImg("info", "--output=json", "-f", "qcow2", image()).orFail().output();
    try (DiskImage image = DiskImages.open(image(), METADATA)) {
      ImageInfo info = image.info();
      assertEquals(List.of(), InfoAgreement.differences(json, info));
      assertTrue(info.isEncrypted());
      assertEquals(Optional.of(reported), info.encryption());
      assertThrows(UnsupportedOperationException.class, () -> image.read(0, new byte[1]));
    }
    assertRefused(OpenOptions.readOnly());
    assertRefused(OpenOptions.readOnly().format("qcow2"));
    if (!reported.equals("aes")) {
      assertRefused(OpenOptions.writable().format("qcow2"));
    }
  }

  private Oracle.Result createEncrypted(String options) {
    return Oracle.qemuImg(
        "create",
        "-q",
        "-f",
        "qcow2",
        "--object",
        "secret,id=s,data=abcdefgh",
        "-o",
        "encrypt.key-secret=s,encrypt.format=" + options,
        image(),
        "1M");
  }

  private void assertRefused(OpenOptions options) {
    PassphraseException e =
        assertThrows(PassphraseException.class, () -> DiskImages.open(image(), options).close());
    assertEquals(PassphraseException.Reason.MISSING, e.reason());
  }

  /** Writes an image whose header says that it is encrypted so. */
  private byte[] encrypted(int method, HandmadeImage empty) {
    byte[] luks = luks().array();
    byte[] image = Arrays.copyOf(empty.bytes(), LUKS + luks.length);
    ByteBuffer.wrap(image).putInt(32, method).put(LUKS, luks);
    return image;
  }

  private static HandmadeImage pointingTo(long position) {
    return new HandmadeImage()
        .extension(
            ENCRYPTION_HEADER, ByteBuffer.allocate(16).putLong(position).putLong(592).array());
  }

  private static ByteBuffer luks() {
    ByteBuffer luks = ByteBuffer.allocate(592);
    luks.put(0, new byte[] {'L', 'U', 'K', 'S', (byte) 0xba, (byte) 0xbe, 0, 1});
    put(luks, 8, "aes");
    put(luks, 40, "cbc-essiv:sha256");
    put(luks, 72, "sha1");
    luks.putInt(104, 4096).putInt(108, 16).putInt(164, 1000);
    put(luks, 168, "0aa926bd-8f74-40ae-9d7f-ba0baa5ed897");
    for (int i = 0; i < 8; i++) {
      luks.putInt(208 + 48 * i, i == 1 ? 0x00ac71f3 : 0x0000dead);
    }
    luks.putInt(208 + 48 + 4, -1).putInt(208 + 48 + 40, 8).putInt(208 + 48 + 44, 4000);
    return luks;
  }

  private static void put(ByteBuffer luks, int at, String text) {
    luks.put(at, text.getBytes(StandardCharsets.US_ASCII));
  }

  private ImageInfo info(byte[] bytes) throws IOException {
    Files.write(image(), bytes);
    try (DiskImage image = DiskImages.open(image(), METADATA)) {
      return image.info();
    }
  }

  @Test
  void whatTheHeaderSays() throws IOException {
    Object reported = info(encrypted(2, pointingTo(LUKS))).details().get("encrypt");
    Map<?, ?> encrypt = (Map<?, ?>) reported;
    assertEquals("aes-128", encrypt.get("cipher-alg"));
    assertEquals("cbc", encrypt.get("cipher-mode"));
    assertEquals("essiv", encrypt.get("ivgen-alg"));
    assertEquals("sha256", encrypt.get("ivgen-hash-alg"));
    assertEquals(4096L * 512, encrypt.get("payload-offset"));
    Map<?, ?> slot = (Map<?, ?>) ((List<?>) encrypt.get("slots")).get(1);
    assertEquals(
        Map.of("active", true, "iters", 0xffff_ffffL, "stripes", 4000L, "key-offset", 4096L), slot);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, 1, CLUSTER, LUKS - 1, LUKS + CLUSTER, 1L << 62, Long.MIN_VALUE})
  void aHeaderElsewhereIsCorrupt(long position) {
    CorruptImageException e =
        assertThrows(CorruptImageException.class, () -> info(encrypted(2, pointingTo(position))));
    assertTrue(e.getMessage().startsWith(image() + ": "), e.getMessage());
  }

  @Test
  void noHeaderIsCorrupt() {
    assertThrows(CorruptImageException.class, () -> info(encrypted(2, new HandmadeImage())));
  }

  @Test
  void methodsToComeAreRefused() {
    for (int method : new int[] {3, -1, Integer.MIN_VALUE}) {
      UnsupportedFeatureException e =
          assertThrows(
              UnsupportedFeatureException.class, () -> info(encrypted(method, pointingTo(LUKS))));
      assertEquals("encryption method " + Integer.toUnsignedString(method), e.feature());
    }
  }

  /** Whatever is in the header, and wherever the file ends. */
  @Test
  void nothingInAHeaderDoesHarm() throws IOException {
    byte[] good = encrypted(2, pointingTo(LUKS));
    for (int at = 0; at < 592; at++) {
      for (int value : new int[] {0, 1, 0x2d, 0x7f, 0x80, 0xff}) {
        byte[] bytes = good.clone();
        bytes[LUKS + at] = (byte) value;
        describeOrRefuse(bytes);
      }
    }
    for (int length = good.length - 1; length >= LUKS - 1; length -= 7) {
      describeOrRefuse(Arrays.copyOf(good, length));
    }
    for (int length = 0; length < 16; length++) {
      byte[] pointer = Arrays.copyOf(ByteBuffer.allocate(8).putLong(LUKS).array(), length);
      describeOrRefuse(encrypted(2, new HandmadeImage().extension(ENCRYPTION_HEADER, pointer)));
    }
  }

  private void describeOrRefuse(byte[] bytes) throws IOException {
    try {
      assertTrue(info(bytes).isEncrypted());
    } catch (DiskFormatException e) {
      assertTrue(e.getMessage().startsWith(image() + ": "), e.getMessage());
    }
  }
}
