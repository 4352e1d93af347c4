package io.diskformat.vmdk;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The text of a handmade descriptor. */
final class DescriptorFile {
  String createType = "custom";
  String cid = "12345678";
  String parentCid = "ffffffff";
  String parent = "";
  final List<String> extents = new ArrayList<>();
  final List<String> more = new ArrayList<>();

  DescriptorFile(String... extents) {
    this.extents.addAll(List.of(extents));
  }

  DescriptorFile type(String type) {
    createType = type;
    return this;
  }

  DescriptorFile over(String name, String cidOfParent) {
    parent = name;
    parentCid = cidOfParent;
    return this;
  }

  DescriptorFile more(String line) {
    more.add(line);
    return this;
  }

  String text() {
    StringBuilder text = new StringBuilder("# Disk DescriptorFile\nversion=1\n");
    text.append("CID=").append(cid).append("\nparentCID=").append(parentCid).append('\n');
    if (!parent.isEmpty()) {
      text.append("parentFileNameHint=\"").append(parent).append("\"\n");
    }
    text.append("createType=\"").append(createType).append("\"\n\n# Extent description\n");
    extents.forEach(line -> text.append(line).append('\n'));
    text.append("\n# The Disk Data Base \n#DDB\n\nddb.adapterType = \"ide\"\n");
    more.forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }

  byte[] bytes() {
    return text().getBytes(StandardCharsets.UTF_8);
  }

  Path write(Path file) throws IOException {
    return Files.write(file, bytes());
  }
}
