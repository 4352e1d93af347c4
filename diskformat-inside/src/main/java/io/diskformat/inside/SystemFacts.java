package io.diskformat.inside;

import java.util.List;

/**
 * The facts about an operating system, by its own files; those that are unknown are empty.
 * Immutable.
 *
 * @param type {@code linux}
 * @param distribution as its own {@code os-release} identifies it: {@code debian}, {@code centos}
 * @param product as it calls itself
 * @param version as precisely as it says so: {@code 6.5}
 * @param hostname that it has
 * @param packageFormat of its packages: {@code rpm}, {@code deb}, {@code apk} or {@code pacman}
 * @param packageManager what installs them: {@code dnf}, {@code yum}, {@code zypper}, {@code apt},
 *     {@code apk} or {@code pacman}
 * @param architecture of its programs, as {@code uname -m} has it
 * @param kernels the versions of the kernels that it has modules for, in the order of their names
 */
public record SystemFacts(
    String type,
    String distribution,
    String product,
    String version,
    String hostname,
    String packageFormat,
    String packageManager,
    String architecture,
    List<String> kernels) {
  /** Copies the list. */
  public SystemFacts {
    kernels = List.copyOf(kernels);
  }
}
