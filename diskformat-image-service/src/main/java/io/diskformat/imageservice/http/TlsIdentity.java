package io.diskformat.imageservice.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * The certificate and the key of a server, as {@code openssl} and certificate authorities write
 * them.
 */
public final class TlsIdentity {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "Ed25519", "Ed448");

  private TlsIdentity() {}

  /**
   * Reads both.
   *
   * @param certificates a PEM file: that of the server first, then those that vouch for it
   * @param key a PEM file with a key of PKCS#8 that is not encrypted ({@code BEGIN PRIVATE KEY});
   *     may be the same file
   * @throws IOException if a file cannot be read, or has none, or they do not belong together
   */
  public static SSLContext read(Path certificates, Path key) throws IOException {
    try {
      Collection<? extends Certificate> chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(certificates(certificates)));
      if (chain.isEmpty()) {
        throw new IOException(certificates + ": no certificate");
      }
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      char[] none = new char[0];
      store.setKeyEntry("server", key(key), none, chain.toArray(Certificate[]::new));
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, none);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(
          certificates + ": not a certificate of " + key + ": " + e.getMessage(), e);
    }
  }

  /** A key in the same file is left out, as the JDK does not skip it. */
  private static byte[] certificates(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    return KEY.matcher(text).replaceAll("").getBytes(StandardCharsets.ISO_8859_1);
  }

  private static PrivateKey key(Path file) throws IOException {
    Matcher matcher = KEY.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    if (!matcher.find()) {
      throw new IOException(file + ": no line BEGIN PRIVATE KEY, of PKCS#8 without a passphrase");
    }
    PKCS8EncodedKeySpec encoded;
    try {
      encoded = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(matcher.group(1)));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": not a key: " + e.getMessage(), e);
    }
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
      } catch (GeneralSecurityException e) {
        // It is of another one.
      }
    }
    throw new IOException(file + ": not a key of " + String.join(", ", ALGORITHMS));
  }
}
