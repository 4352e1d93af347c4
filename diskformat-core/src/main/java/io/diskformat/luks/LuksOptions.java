package io.diskformat.luks;

import io.diskformat.CreateOptions;
import io.diskformat.FormatOption;
import io.diskformat.crypto.CipherSpec;
import io.diskformat.crypto.HashAlgorithm;
import java.util.List;

/**
 * The options for a new header, with the names and values that qemu-img has; those of a format that
 * is not LUKS itself have a prefix.
 */
public final class LuksOptions {
  private final FormatOption cipher;
  private final FormatOption mode;
  private final FormatOption hash;
  private final FormatOption vectors;
  private final FormatOption vectorHash;
  private final FormatOption time;
  private final FormatOption secret;

  /**
   * Declares the options.
   *
   * @param prefix of their names
   */
  public LuksOptions(String prefix) {
    this.cipher =
        FormatOption.choice(
            prefix + "cipher-alg",
            "The cipher, and the length of its key in bits",
            "aes-256",
            "aes-128",
            "aes-192",
            "aes-256",
            "cast5-128",
            "serpent-128",
            "serpent-192",
            "serpent-256",
            "twofish-128",
            "twofish-192",
            "twofish-256");
    this.mode =
        FormatOption.choice(
            prefix + "cipher-mode", "The mode of the cipher", "xts", "cbc", "ctr", "ecb", "xts");
    this.hash = hashOption(prefix + "hash-alg", "The hash by which a passphrase becomes a key");
    this.time =
        FormatOption.number(
            prefix + "iter-time",
            "The time that trying a passphrase is to take, in milliseconds",
            2000,
            1,
            60_000);
    this.vectors =
        FormatOption.choice(
            prefix + "ivgen-alg",
            "How initialization vectors follow from the numbers of sectors",
            "plain64",
            "essiv",
            "plain",
            "plain64");
    this.vectorHash = hashOption(prefix + "ivgen-hash-alg", "The hash that ivgen-alg=essiv needs");
    this.secret =
        FormatOption.text(
            prefix + "key-secret", "The --object secret that has the passphrase, by its id");
  }

  private static FormatOption hashOption(String name, String description) {
    return FormatOption.choice(
        name,
        description,
        "sha256",
        "md5",
        "ripemd160",
        "sha1",
        "sha224",
        "sha256",
        "sha384",
        "sha512");
  }

  /** Returns the options, in alphabetical order. */
  public List<FormatOption> declared() {
    return List.of(cipher, mode, hash, time, vectors, vectorHash, secret);
  }

  /**
   * Returns the parameters of a new header.
   *
   * @param file the new image, for messages
   * @throws IllegalArgumentException if the options contradict each other
   */
  public LuksParameters in(String file, CreateOptions options) {
    String[] alg = cipher.in(options).split("-", 2);
    String modeName = mode.in(options);
    String generator = vectors.in(options);
    if (generator.equals("essiv")) {
      generator += ":" + vectorHash.in(options);
    }
    int keyBytes = Integer.parseInt(alg[1]) / Byte.SIZE * (modeName.equals("xts") ? 2 : 1);
    String text = modeName + "-" + generator;
    try {
      return new LuksParameters(
          alg[0],
          text,
          CipherSpec.of(alg[0], text, keyBytes),
          HashAlgorithm.available(hash.in(options)),
          time.numberIn(options));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": not supported: LUKS with " + e.getMessage(), e);
    }
  }
}
