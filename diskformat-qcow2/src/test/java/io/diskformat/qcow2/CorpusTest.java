package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.Corpus;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Images that are about in the world have the content that other tools agree on, or are refused.
 */
class CorpusTest {

  static List<Corpus.Sample> samples() throws IOException {
    return Corpus.samples("qcow2");
  }

  @ParameterizedTest
  @MethodSource("samples")
  void content(Corpus.Sample sample) throws IOException {
    // Some are named so that they are taken for qcow2 images, and are none.
    OpenOptions options = OpenOptions.readOnly().format("qcow2");
    if (sample.content().isEmpty()) {
      assertThrows(DiskFormatException.class, () -> DiskImages.open(sample.file(), options));
      return;
    }
    try (DiskImage image = DiskImages.open(sample.file(), options)) {
      assertEquals(sample.content().get(), sha256(image));
    }
  }

  private static String sha256(DiskImage image) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (long at = 0; at < image.size(); at += 1 << 20) {
        byte[] piece = new byte[(int) Math.min(1 << 20, image.size() - at)];
        image.read(at, piece);
        digest.update(piece);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
