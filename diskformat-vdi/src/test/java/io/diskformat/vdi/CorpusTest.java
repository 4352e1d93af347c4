package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.testing.Corpus;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Images that are about in the world have the content that other tools agree on. */
class CorpusTest {

  static List<Corpus.Sample> samples() throws IOException {
    return Corpus.samples("vdi");
  }

  @ParameterizedTest
  @MethodSource("samples")
  void content(Corpus.Sample sample) throws IOException {
    try (DiskImage image = DiskImages.open(sample.file(), Chain.READ_ONLY)) {
      assertEquals(sample.content().orElseThrow(), sha256(image));
    }
  }

  private static String sha256(DiskImage image) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] piece = new byte[1 << 20];
      for (long at = 0; at < image.size(); at += piece.length) {
        int length = (int) Math.min(piece.length, image.size() - at);
        image.read(at, java.nio.ByteBuffer.wrap(piece, 0, length));
        digest.update(piece, 0, length);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
