/**
 * Encryption of storages in sectors of 512 bytes: block ciphers, the modes and initialization
 * vectors in which LUKS and QEMU use them, keys derived from passphrases, and the storage that
 * decrypts.
 */
@NullMarked
package io.diskformat.crypto;

import org.jspecify.annotations.NullMarked;
