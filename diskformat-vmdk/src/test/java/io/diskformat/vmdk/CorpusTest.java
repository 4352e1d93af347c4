package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.testing.Corpus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Images that are about in the world have the content that other tools agree on. */
class CorpusTest {
  private static final String TEN_MIB =
      "a3bcf05f07a1c06a3380eeca8571f0efb2b85afafa1e21662b8cad436d1f7727";

  @TempDir private Path directory;

  static List<Corpus.Sample> samples() throws IOException {
    return Corpus.samples("vmdk");
  }

  /** A flat file is itself the content, and what has none is an extent or lacks its files. */
  @ParameterizedTest
  @MethodSource("samples")
  void content(Corpus.Sample sample) throws IOException {
    if (sample.content().isEmpty() || sample.toString().endsWith("-flat.vmdk")) {
      assertThrows(IOException.class, () -> sha256(sample.file()));
    } else {
      assertEquals(sample.content().orElseThrow(), sha256(sample.file()));
    }
  }

  /** Of these, the samples have the descriptors alone. */
  @ParameterizedTest
  @CsvSource({
    "monolithicFlat.vmdk, monolithicFlat-flat.vmdk",
    "twoGbMaxExtentFlat.vmdk, twoGbMaxExtentFlat-f001.vmdk"
  })
  void flat(String descriptor, String data) throws IOException {
    Path corpus = samples().getFirst().file().resolveSibling(".");
    Path copy = directory.resolve(descriptor);
    Files.copy(corpus.resolve(descriptor), copy, StandardCopyOption.REPLACE_EXISTING);
    Files.write(directory.resolve(data), Images.content(corpus.resolve("monolithicSparse.vmdk")));
    assertEquals(TEN_MIB, sha256(copy));
  }

  @Test
  void whatIsOfAnotherNameButAVmdk() throws IOException {
    for (Corpus.Sample sample : Corpus.samples("qcow2")) {
      String name = sample.toString();
      if (name.endsWith("backing-file.img") || name.endsWith("large-memory.img")) {
        assertThrows(IOException.class, () -> sha256(sample.file()), name);
      }
    }
  }

  private static String sha256(Path file) throws IOException {
    try (DiskImage image = DiskImages.open(file, Images.READ_ONLY)) {
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
