package io.diskformat.inside;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Identifies the operating system of a tree of files, by the files that name it. */
final class SystemInspection {
  private static final Pattern NUMBER = Pattern.compile("\\d+(?:\\.\\d+)*");
  private static final int MOST_KERNELS = 100;
  private static final int ELF_HEADER = 20;
  private static final int ELF_MAGIC = 0x7F454C46;
  private static final List<String> PROGRAMS =
      List.of("bin/bash", "usr/bin/bash", "bin/ls", "bin/busybox", "sbin/init", "bin/sh");

  /** By the first word that the release file of a relative of Red Hat's has. */
  private static final Map<String, String> RELATIVES =
      Map.of(
          "red", "rhel",
          "centos", "centos",
          "fedora", "fedora",
          "scientific", "scientificlinux",
          "rocky", "rocky",
          "almalinux", "almalinux",
          "oracle", "ol",
          "amazon", "amzn");

  private static final Map<String, String> PACKAGES = new LinkedHashMap<>();
  private static final Map<String, String> MANAGERS = new LinkedHashMap<>();

  static {
    PACKAGES.put("var/lib/dpkg/status", "deb");
    PACKAGES.put("var/lib/rpm", "rpm");
    PACKAGES.put("usr/lib/sysimage/rpm", "rpm");
    PACKAGES.put("lib/apk/db", "apk");
    PACKAGES.put("var/lib/pacman", "pacman");
    MANAGERS.put("etc/apt", "apt");
    MANAGERS.put("etc/zypp", "zypper");
    MANAGERS.put("etc/dnf", "dnf");
    MANAGERS.put("etc/yum.conf", "yum");
    MANAGERS.put("etc/yum", "yum");
    MANAGERS.put("etc/apk", "apk");
    MANAGERS.put("etc/pacman.conf", "pacman");
  }

  private final Path root;

  SystemInspection(Path root) {
    this.root = root;
  }

  SystemFacts facts() throws IOException {
    Path release = root.resolve("etc/os-release");
    if (!Files.isRegularFile(release)) {
      release = root.resolve("usr/lib/os-release");
    }
    String distribution = GuestText.value(release, "ID").toLowerCase(Locale.ROOT);
    String product = GuestText.value(release, "PRETTY_NAME");
    String version = GuestText.value(release, "VERSION_ID");
    String relative = GuestText.firstLine(root.resolve("etc/redhat-release"));
    String debian = GuestText.firstLine(root.resolve("etc/debian_version"));
    if (!relative.isEmpty()) {
      String first = relative.split(" ", 2)[0].toLowerCase(Locale.ROOT);
      distribution = distribution.isEmpty() ? RELATIVES.getOrDefault(first, first) : distribution;
      product = product.isEmpty() ? relative : product;
      version = number(relative, version);
    } else if (!debian.isEmpty()) {
      boolean own = distribution.isEmpty() || distribution.equals("debian");
      product = product.isEmpty() ? "Debian " + debian : product;
      version = own ? number(debian, version) : version;
      distribution = distribution.isEmpty() ? "debian" : distribution;
    }
    return new SystemFacts(
        "linux",
        distribution,
        product,
        version,
        hostname(),
        first(PACKAGES),
        first(MANAGERS),
        architecture(),
        kernels());
  }

  /** Returns the first number with points that a text has; the release file has the longest. */
  private static String number(String text, String otherwise) {
    Matcher number = NUMBER.matcher(text);
    return number.find() ? number.group() : otherwise;
  }

  private String hostname() throws IOException {
    for (String line : GuestText.lines(root.resolve("etc/hostname"))) {
      if (!line.isBlank() && !line.startsWith("#")) {
        return line.strip();
      }
    }
    String old = GuestText.value(root.resolve("etc/sysconfig/network"), "HOSTNAME");
    return old.isEmpty() ? GuestText.firstLine(root.resolve("etc/HOSTNAME")) : old;
  }

  private String first(Map<String, String> marks) {
    return marks.entrySet().stream()
        .filter(mark -> Files.exists(root.resolve(mark.getKey())))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse("");
  }

  private String architecture() throws IOException {
    for (String name : PROGRAMS) {
      Path program = root.resolve(name);
      if (Files.isRegularFile(program)) {
        try (InputStream in = Files.newInputStream(program)) {
          String found = architecture(in.readNBytes(ELF_HEADER));
          if (!found.isEmpty()) {
            return found;
          }
        } catch (FileSystemException e) {
          // Another file may be readable.
        }
      }
    }
    return "";
  }

  /** Returns what a program is for, by the first bytes of an ELF file. */
  private static String architecture(byte[] header) {
    ByteBuffer bytes = ByteBuffer.wrap(header);
    if (header.length < ELF_HEADER || bytes.getInt(0) != ELF_MAGIC) {
      return "";
    }
    boolean wide = header[4] == 2;
    boolean little = header[5] == 1;
    bytes.order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    return switch (Short.toUnsignedInt(bytes.getShort(18))) {
      case 3 -> "i386";
      case 8 -> wide ? "mips64" : "mips";
      case 20 -> "ppc";
      case 21 -> little ? "ppc64le" : "ppc64";
      case 22 -> wide ? "s390x" : "s390";
      case 40 -> "arm";
      case 43 -> "sparc64";
      case 50 -> "ia64";
      case 62 -> "x86_64";
      case 183 -> "aarch64";
      case 243 -> wide ? "riscv64" : "riscv32";
      case 258 -> "loongarch64";
      default -> "";
    };
  }

  private List<String> kernels() throws IOException {
    List<String> found = new ArrayList<>();
    Path modules = root.resolve("lib/modules");
    if (Files.isDirectory(modules)) {
      try (DirectoryStream<Path> versions = Files.newDirectoryStream(modules)) {
        for (Path version : versions) {
          if (found.size() < MOST_KERNELS && Files.isDirectory(version)) {
            found.add(String.valueOf(version.getFileName()));
          }
        }
      } catch (DirectoryIteratorException e) {
        throw e.getCause();
      }
    }
    return found.stream().sorted().toList();
  }
}
