package io.diskformat.qcow2;

import java.util.Locale;
import java.util.Optional;

/** How the disk's content is encrypted: the header's field {@code crypt_method}, in its order. */
enum Encryption {
  /** Not at all. */
  NONE(0),
  /** AES in CBC mode, the key being the password itself. */
  AES(1),
  /** As the LUKS header in the image says. */
  LUKS(2);

  private final int number;

  Encryption(int number) {
    this.number = number;
  }

  /** Returns the value of the header's field. */
  int number() {
    return number;
  }

  /** Returns the name that qemu-img gives it, or empty if there is no encryption. */
  Optional<String> optionName() {
    return this == NONE ? Optional.empty() : Optional.of(name().toLowerCase(Locale.ROOT));
  }
}
