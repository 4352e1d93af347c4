package io.diskformat.luks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.EncryptedImage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every combination of cipher, mode, initialization vectors and hashes that qemu-img's options
 * have, {@value #COMBINATIONS} of them: what one makes the other reads, and what is refused is
 * refused by name, and by both.
 */
final class EveryCipherTest {
  private static final List<String> CIPHERS =
      List.of(
          "aes-128",
          "aes-192",
          "aes-256",
          "des",
          "3des",
          "cast5-128",
          "serpent-128",
          "serpent-192",
          "serpent-256",
          "twofish-128",
          "twofish-192",
          "twofish-256");

  private static final List<String> MODES = List.of("ecb", "cbc", "xts", "ctr");

  private static final List<String> HASHES =
      List.of("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "ripemd160");

  private static final int COMBINATIONS = 12 * 4 * (2 + 7);

  /** Of images of ours, how many qemu-img reads; it starts a process for each. */
  private static final int OURS = Integer.getInteger("diskformat.luks.ours", 12);

  /** How many images it makes, for each of which it measures the processor for seconds. */
  private static final int THEIRS = Integer.getInteger("diskformat.luks.theirs.made", 1);

  private static final int SIZE = 64 << 10;

  @TempDir private Path directory;

  private final Map<String, Integer> outcomes = new TreeMap<>();

  /** Each with another hash for the passphrase, by turns, which has nothing to do with the rest. */
  private static List<Map<String, String>> all() {
    List<Map<String, String>> all = new ArrayList<>();
    for (String cipher : CIPHERS) {
      for (String mode : MODES) {
        for (int i = 0; i < 2 + HASHES.size(); i++) {
          Map<String, String> options = new LinkedHashMap<>();
          options.put("cipher-alg", cipher);
          options.put("cipher-mode", mode);
          options.put("ivgen-alg", i == 0 ? "plain" : i == 1 ? "plain64" : "essiv");
          if (i > 1) {
            options.put("ivgen-hash-alg", HASHES.get(i - 2));
          }
          options.put("hash-alg", HASHES.get(all.size() % HASHES.size()));
          all.add(options);
        }
      }
    }
    assertEquals(COMBINATIONS, all.size());
    return all;
  }

  /** Ours are read here, and by qemu-img; what it makes is read here, or refused by name. */
  @Test
  void eachIsReadOrRefusedByName() throws IOException {
    Oracle.of("qemu-img");
    List<Map<String, String>> all = all();
    Collections.shuffle(all, new Random(Seeds.of(EveryCipherTest.class, 1)));
    List<Map<String, String>> made = new ArrayList<>();
    for (Map<String, String> options : all) {
      if (isMadeAndRead(options)) {
        made.add(options);
        if (made.size() <= OURS) {
          exportByQemu(options);
        }
      }
    }
    for (Map<String, String> options : all.subList(0, Math.min(THEIRS, all.size()))) {
      readTheirs(options, made.contains(options));
    }
    System.out.println("EveryCipherTest: " + outcomes);
  }

  private EncryptedImage ours() {
    return new EncryptedImage(directory.resolve("ours"), "luks", "passphrase");
  }

  private void count(String outcome) {
    outcomes.merge(outcome, 1, Integer::sum);
  }

  private boolean isMadeAndRead(Map<String, String> options) throws IOException {
    EncryptedImage image = ours();
    byte[] content = RandomContent.of(1, 0, SIZE);
    try {
      DiskImages.create(
          image.file(),
          image.creation(SIZE, options).replaceExisting(),
          disk -> {
            disk.write(0, content);
          });
    } catch (IllegalArgumentException e) {
      String cipher = String.valueOf(options.get("cipher-alg"));
      boolean named =
          e.getMessage().contains(cipher)
              || e.getMessage().contains(cipher.split("-")[0])
              || e.getMessage().contains("essiv");
      assertTrue(named, options + ": " + e.getMessage());
      count("refused to be made");
      return false;
    }
    try (DiskImage disk = DiskImages.open(image.file(), image.options(false))) {
      byte[] read = new byte[SIZE];
      disk.read(0, read);
      assertArrayEquals(content, read, options.toString());
    }
    count("made");
    return true;
  }

  /** Of a key of 24 bytes, what a slot holds is not whole sectors, at which qemu-img aborts. */
  private static boolean aborts(Map<String, String> options, Oracle.Result result) {
    return String.valueOf(options.get("cipher-alg")).endsWith("-192")
        && !"xts".equals(options.get("cipher-mode"))
        && result.error().contains("Assertion `QEMU_IS_ALIGNED(len, sectorsize)' failed");
  }

  private void exportByQemu(Map<String, String> options) throws IOException {
    Path raw = directory.resolve("raw");
    Oracle.Result read = ours().byQemu("convert", "-O", "raw", raw);
    if (aborts(options, read)) {
      count("qemu-img aborts");
      return;
    }
    read.orFail();
    assertArrayEquals(RandomContent.of(1, 0, SIZE), Files.readAllBytes(raw), options.toString());
    count("read by qemu-img");
  }

  private void readTheirs(Map<String, String> options, boolean oursIsMade) throws IOException {
    EncryptedImage image = new EncryptedImage(directory.resolve("theirs"), "luks", "passphrase");
    Files.deleteIfExists(image.file());
    StringBuilder text = new StringBuilder();
    options.forEach((name, value) -> text.append(',').append(name).append('=').append(value));
    Oracle.Result made = image.createByQemu(SIZE, text.toString());
    if (aborts(options, made)) {
      count("qemu-img aborts");
      return;
    }
    if (made.exitCode() != 0) {
      assertTrue(!oursIsMade, options + ": only refused by qemu-img: " + made.error());
      count("refused by qemu-img, too");
      return;
    }
    image.ioByQemu("write -q -P 7 0 " + SIZE + "\n").orFail();
    try (DiskImage disk = DiskImages.open(image.file(), image.options(false))) {
      byte[] read = new byte[SIZE];
      disk.read(0, read);
      byte[] sevens = new byte[SIZE];
      java.util.Arrays.fill(sevens, (byte) 7);
      assertArrayEquals(sevens, read, options.toString());
      assertTrue(oursIsMade, options + ": is read, but not made here");
      count("made by qemu-img, and read");
    } catch (UnsupportedFeatureException e) {
      assertTrue(!oursIsMade, options + ": " + e.getMessage());
      count("made by qemu-img, and refused: " + e.feature());
    }
  }
}
