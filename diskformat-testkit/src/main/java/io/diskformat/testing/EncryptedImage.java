package io.diskformat.testing;

import static java.util.Objects.requireNonNull;

import io.diskformat.CreateOptions;
import io.diskformat.OpenOptions;
import io.diskformat.SecretSupplier;
import java.nio.file.Path;
import java.util.Map;

/**
 * An encrypted image as QEMU's tools make, read and write it, and the options by which the library
 * does.
 *
 * @param file the image
 * @param format as qemu-img names it, {@code luks} or {@code qcow2}
 * @param passphrase plain characters without a comma
 */
public record EncryptedImage(Path file, String format, String passphrase) {
  /** How often qemu-img is asked again that finds the processor too busy to measure it. */
  private static final int ATTEMPTS = 50;

  private String prefix() {
    return format.equals("luks") ? "" : "encrypt.";
  }

  private String secret() {
    return "secret,id=sec,data=" + passphrase;
  }

  /** Returns the supplier of the passphrase. */
  public SecretSupplier supplier() {
    return SecretSupplier.of(passphrase.toCharArray());
  }

  /** Returns the library's options to open it. */
  public OpenOptions options(boolean writable) {
    return (writable ? OpenOptions.writable() : OpenOptions.readOnly())
        .format(format)
        .secret(supplier());
  }

  /** Returns the library's options to create it, with little time for its key. */
  public CreateOptions creation(long size, Map<String, String> options) {
    CreateOptions creation = CreateOptions.format(format).size(size).secret(supplier());
    if (!format.equals("luks")) {
      creation = creation.option("encrypt.format", "luks");
    }
    creation = creation.option(prefix() + "iter-time", "1");
    for (Map.Entry<String, String> option : options.entrySet()) {
      creation = creation.option(option.getKey(), option.getValue());
    }
    return creation;
  }

  /**
   * Returns what qemu-img says when it creates the image, with little time for its key.
   *
   * @param options more of them, each with a comma before it
   */
  public Oracle.Result createByQemu(long size, String options) {
    String all =
        (format.equals("luks") ? "" : "encrypt.format=luks,")
            + prefix()
            + "key-secret=sec,"
            + prefix()
            + "iter-time=10"
            + options;
    return untilMeasured("create", "-q", "-f", format, "--object", secret(), "-o", all, file, size);
  }

  /** Runs qemu-img, again as long as it cannot measure the time that a key takes. */
  private Oracle.Result untilMeasured(Object... arguments) {
    Oracle qemuImg = tool("qemu-img");
    Oracle.Result result = qemuImg.run(arguments);
    for (int i = 1; i < ATTEMPTS && result.error().contains("accurate CPU usage"); i++) {
      result = qemuImg.run(arguments);
    }
    return result;
  }

  /** Returns a tool that runs where it finds a data file, whose name it takes relative to there. */
  private Oracle tool(String name) {
    return Oracle.of(name).in(requireNonNull(file.toAbsolutePath().getParent()));
  }

  /** Runs a verb of qemu-img whose options come before the image, which is its first parameter. */
  public Oracle.Result byQemu(String verb, Object... more) {
    Object[] all = new Object[5 + more.length];
    all[0] = verb;
    all[1] = "--object";
    all[2] = secret();
    all[3] = "--image-opts";
    all[4] = imageOptions();
    System.arraycopy(more, 0, all, 5, more.length);
    return untilMeasured(all);
  }

  /**
   * Changes options of the image, as qemu-img does.
   *
   * @param object another secret
   * @param options their names without a prefix
   */
  public Oracle.Result amendByQemu(String object, String options) {
    String all = prefix() + options.replace(",", "," + prefix());
    return untilMeasured(
        "amend",
        "--object",
        secret(),
        "--object",
        object,
        "--image-opts",
        "-o",
        all,
        imageOptions());
  }

  /** Returns the disk as qemu-img reads it, into a raw file. */
  public void exportByQemu(Path raw) {
    byQemu("convert", "-O", "raw", raw).orFail();
  }

  /** Runs commands of qemu-io on the image. */
  public Oracle.Result ioByQemu(String script) {
    return tool("qemu-io").input(script).run("--object", secret(), "--image-opts", imageOptions());
  }

  /** Returns what qemu-img and qemu-io take for the image. */
  public String imageOptions() {
    return "driver=" + format + "," + prefix() + "key-secret=sec,file.filename=" + file;
  }
}
