package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.util.ArrayList;
import java.util.List;

/** The verb {@code checksum}. */
final class ChecksumVerb extends GuestFilesVerb {
  private final Argument type =
      parameter("TYPE", "The checksum: md5, sha1, sha256, sha512, or another that hash has.");
  private final Argument first = parameter("PATH", "In the guest.");
  private final Argument more = furtherParameters("PATH", "");

  ChecksumVerb() {
    super("checksum", "Shows the checksums of files of a guest, as sha256sum does.");
  }

  @Override
  int act(Terminal terminal, FileSystem files) throws IOException {
    List<String> paths = new ArrayList<>(first.values());
    paths.addAll(more.values());
    for (String path : paths) {
      String sum = FileChecksum.of(type.required(), files.getPath("/").resolve(path));
      terminal.line(sum + "  " + Terminal.printable(path));
    }
    return 0;
  }
}
