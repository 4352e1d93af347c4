package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The verb {@code hash}. */
final class HashVerb extends ReadingVerb {
  private static final String CHECKSUM = "checksum";

  private final Argument algorithm =
      option("NAME", "For example blake3; sha256 if not given.", "--algorithm");
  private final Argument plain =
      flag(
          "Hash all bytes of the disk in order, as sha256sum does those of a raw image, instead of"
              + " as blksum does.",
          "--plain");
  private final Argument check =
      flag(
          "FILE is a list that hash or sha256sum wrote, - for the standard input: check the disks"
              + " that it names.",
          "-c",
          "--check");
  private final Argument tag =
      flag("Write in each line which checksum it is, so that a check knows.", "--tag");
  private final Argument output = option("human|json", "How to write it.", "--output");
  private final Argument snapshot = option("SNAPSHOT", "The disk of this snapshot.", "-l");
  private final PartitionOption partition = PartitionOption.of(this);
  private final Argument progress =
      flag("Show progress, on the standard error.", "-p", "--progress");
  private final Argument file = parameter("FILE", "The image.");
  private final Argument more = furtherParameters("FILE", "");

  HashVerb() {
    super(
        "hash",
        "Prints the checksum of an image's disk, the same whatever the image's format. It is that"
            + " of blksum: of the checksums of the blocks of the disk.");
    footer(
        "Exit status: 0, or 1 if any image cannot be read or, with -c, is not as listed. The"
            + " members of the objects of --output=json are filename, format, virtual-size,"
            + " snapshot and partition if one was given, kind (blksum or plain), algorithm and"
            + " checksum.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    Checksum checksum = new Checksum(plain.isGiven(), algorithm.valueOr("sha256"));
    checksum.check();
    boolean json = OutputFormat.of(output.valueOr("human")) == OutputFormat.JSON;
    if (check.isGiven()
        && (json || tag.isGiven() || snapshot.value() != null || partition.isGiven())) {
      throw new IllegalArgumentException(
          "-c goes with neither --output=json nor --tag, -l and --partition; what it checks is in"
              + " the list");
    }
    List<String> files = new ArrayList<>(List.of(file.required()));
    files.addAll(more.values());
    if (check.isGiven()) {
      ChecksumList list = new ChecksumList(checksum, this::hex, terminal);
      boolean good = true;
      for (String name : files) {
        good &= list.check(name);
      }
      return good ? 0 : 1;
    }
    return print(files, checksum, json, terminal);
  }

  private int print(List<String> files, Checksum checksum, boolean json, Terminal terminal)
      throws IOException {
    List<Map<String, Object>> objects = new ArrayList<>();
    int status = 0;
    for (String name : files) {
      Map<String, Object> object;
      try {
        object = object(name, checksum, terminal);
      } catch (IOException | RuntimeException e) {
        if (files.size() == 1 || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        terminal.error(Problems.sentence(e));
        status = 1;
        continue;
      }
      objects.add(object);
      if (!json) {
        String hex = String.valueOf(object.get(CHECKSUM));
        String line = new ChecksumLine(tag.isGiven() ? checksum.tag() : "", name, hex).text();
        // In a file the name must be exact, on a screen it must do no harm.
        terminal.line(terminal.isInteractive() ? Terminal.printable(line) : line);
        terminal.flush();
      }
    }
    if (json) {
      new Json(terminal).write(objects);
    }
    return status;
  }

  private Map<String, Object> object(String name, Checksum checksum, Terminal terminal)
      throws IOException {
    Map<String, Object> members = new LinkedHashMap<>();
    try (DiskImage image = open(image(name, format()));
        BlockDevice disk = Snapshots.device(image, snapshot.value());
        Progress bar = Progress.besideResult(terminal, progress.isGiven())) {
      BlockDevice device = partition.of(disk);
      members.put("filename", name);
      members.put("format", image.info().format());
      members.put("virtual-size", device.size());
      if (snapshot.value() != null) {
        members.put("snapshot", snapshot.required());
      }
      partition.describe(members);
      members.put("kind", checksum.plain() ? "plain" : "blksum");
      members.put("algorithm", checksum.algorithm());
      members.put(CHECKSUM, checksum.of(device, bar));
      Missing.report(terminal, device);
    }
    return members;
  }

  private String hex(String name, Checksum checksum, Terminal terminal) throws IOException {
    return String.valueOf(object(name, checksum, terminal).get(CHECKSUM));
  }
}
