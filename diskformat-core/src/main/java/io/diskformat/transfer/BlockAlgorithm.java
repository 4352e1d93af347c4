package io.diskformat.transfer;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * An algorithm for the checksums of blocks: the JDK's where it has one, because that is far faster;
 * otherwise Bouncy Castle's, which need not be installed.
 */
final class BlockAlgorithm {
  /** The algorithms, by the names that blksum and OpenSSL have for them. */
  private static final Map<String, BlockAlgorithm> KNOWN = new TreeMap<>();

  static {
    ofJdk("md5", "MD5");
    ofJdk("sha1", "SHA-1");
    ofJdk("sha224", "SHA-224");
    ofJdk("sha256", "SHA-256");
    ofJdk("sha384", "SHA-384");
    ofJdk("sha512", "SHA-512");
    ofJdk("sha512-224", "SHA-512/224");
    ofJdk("sha512-256", "SHA-512/256");
    ofJdk("sha3-224", "SHA3-224");
    ofJdk("sha3-256", "SHA3-256");
    ofJdk("sha3-384", "SHA3-384");
    ofJdk("sha3-512", "SHA3-512");
    // No method references here: they would load the class at once.
    ofBouncyCastle("blake2b256", () -> BouncyCastleDigest.blake2b(256));
    ofBouncyCastle("blake2b512", () -> BouncyCastleDigest.blake2b(512));
    ofBouncyCastle("blake2s256", () -> BouncyCastleDigest.blake2s(256));
    ofBouncyCastle("blake3", () -> BouncyCastleDigest.blake3());
    ofBouncyCastle("ripemd160", () -> BouncyCastleDigest.ripemd160());
    ofBouncyCastle("sm3", () -> BouncyCastleDigest.sm3());
  }

  private final String name;
  private final Supplier<MessageDigest> maker;

  private BlockAlgorithm(String name, Supplier<MessageDigest> maker) {
    this.name = name;
    this.maker = maker;
  }

  private static void add(String name, Supplier<MessageDigest> maker) {
    KNOWN.put(name, new BlockAlgorithm(name, maker));
  }

  private static void ofJdk(String name, String jdkName) {
    add(
        name,
        () -> {
          try {
            return MessageDigest.getInstance(jdkName);
          } catch (NoSuchAlgorithmException e) {
            throw new UnsupportedOperationException("this JDK lacks " + jdkName, e);
          }
        });
  }

  private static void ofBouncyCastle(String name, Supplier<MessageDigest> maker) {
    add(
        name,
        () -> {
          try {
            return maker.get();
          } catch (NoClassDefFoundError e) {
            throw new UnsupportedOperationException(
                name + " is computed by Bouncy Castle: add org.bouncycastle:bcprov-jdk18on", e);
          }
        });
  }

  /**
   * Returns the algorithm of a name.
   *
   * @throws IllegalArgumentException if it is not known
   * @throws UnsupportedOperationException if it needs Bouncy Castle, which is not installed
   */
  static BlockAlgorithm named(String name) {
    String plain = plain(name);
    for (BlockAlgorithm algorithm : KNOWN.values()) {
      if (plain(algorithm.name).equals(plain)) {
        MessageDigest _ = algorithm.digest();
        return algorithm;
      }
    }
    throw new IllegalArgumentException(
        "no checksum algorithm \"" + name + "\", only " + String.join(", ", KNOWN.keySet()));
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[-_/]", "");
  }

  /** Returns the algorithm's name. */
  String name() {
    return name;
  }

  /** Returns a new object that computes checksums, for one thread. */
  MessageDigest digest() {
    return maker.get();
  }
}
