package io.diskformat.cli;

import io.diskformat.imageservice.download.WebDownloads;
import io.diskformat.imageservice.guest.GuestFiles;
import io.diskformat.imageservice.http.ApiOptions;
import io.diskformat.imageservice.http.MetadataDefinitions;
import io.diskformat.imageservice.http.ServerOptions;
import io.diskformat.imageservice.http.TlsIdentity;
import io.diskformat.imageservice.page.ImagePages;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The options of {@code serve} that say how it meets the network: TLS, the log, and downloads. */
final class ServedWeb {
  private final Argument certificate;
  private final Argument key;
  private final Argument log;
  private final Argument imports;
  private final Argument hosts;
  private final Argument denied;
  private final Argument ports;

  ServedWeb(Declaration verb) {
    certificate =
        verb.option(
            "FILE",
            "Serve by TLS with the certificates of this PEM file, that of the server first.",
            "--tls-certificate");
    key =
        verb.option(
            "FILE",
            "The key of the first certificate, PEM of PKCS#8; the same file if not given.",
            "--tls-key");
    log =
        verb.option(
            "FILE|-",
            "Write a line of JSON for each request to the end of a file, or to standard error.",
            "--log");
    imports =
        verb.flag(
            "Let clients have images fetched from the web (web-download), though never from this"
                + " machine or its links.",
            "--import");
    hosts =
        verb.option("NAMES", "Fetch from these hosts only, separated by commas.", "--import-hosts");
    denied = verb.option("NAMES", "Never fetch from these hosts.", "--import-denied-hosts");
    ports = verb.option("NUMBERS", "Fetch by these ports; 80,443 if not given.", "--import-ports");
  }

  /** Returns how the server listens. */
  ServerOptions server() throws IOException {
    String file = certificate.value();
    if (file == null) {
      if (key.isGiven()) {
        throw new IllegalArgumentException("--tls-key is given without --tls-certificate");
      }
      return ServerOptions.usual();
    }
    return ServerOptions.usual().tls(TlsIdentity.read(Path.of(file), Path.of(key.valueOr(file))));
  }

  /**
   * Returns what the API does.
   *
   * @param definitions where those of metadata are kept
   */
  ApiOptions api(ServedCallers.Known callers, MetadataDefinitions.Store definitions)
      throws IOException {
    ApiOptions options =
        ApiOptions.usual()
            .metadata(MetadataDefinitions.open(definitions))
            .pages(new ImagePages())
            .edits(new GuestFiles());
    if (callers.areEverybody()) {
      options = options.onlyFor(callers.hosts());
    }
    if (callers.local() != null) {
      options = options.keystone(callers.local());
    }
    PrintStream lines = lines();
    if (lines != null) {
      options = options.log(request -> lines.println(request.toJson()));
    }
    if (imports.isGiven()) {
      options = options.downloads(downloads());
    } else if (hosts.isGiven() || denied.isGiven() || ports.isGiven()) {
      throw new IllegalArgumentException("what may be imported is said without --import");
    }
    return options;
  }

  private @Nullable PrintStream lines() throws IOException {
    String file = log.value();
    if (file == null) {
      return null;
    }
    return file.equals("-")
        ? System.err
        : new PrintStream(
            Files.newOutputStream(
                Path.of(file), StandardOpenOption.CREATE, StandardOpenOption.APPEND),
            true,
            StandardCharsets.UTF_8);
  }

  private WebDownloads downloads() {
    WebDownloads rules = WebDownloads.usual();
    if (hosts.isGiven()) {
      rules = rules.allowHosts(words(hosts));
    }
    if (denied.isGiven()) {
      rules = rules.denyHosts(words(denied));
    }
    if (ports.isGiven()) {
      Set<Integer> numbers = new TreeSet<>();
      for (String word : words(ports)) {
        if (!word.matches("[0-9]{1,5}")) {
          throw new IllegalArgumentException("--import-ports are numbers, not: " + word);
        }
        boolean _ = numbers.add(Integer.valueOf(word));
      }
      rules = rules.allowPorts(numbers);
    }
    return rules;
  }

  private static Set<String> words(Argument option) {
    return Arrays.stream(option.required().split(",", -1))
        .map(String::strip)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
