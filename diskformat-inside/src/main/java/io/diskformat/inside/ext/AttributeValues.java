package io.diskformat.inside.ext;

import java.io.IOException;

/** The values of extended attributes, as Linux shows them. */
final class AttributeValues {
  private AttributeValues() {}

  /** Returns the value of an attribute, which may be the content of an inode of its own. */
  static byte[] of(ExtVolume volume, ExtendedAttribute attribute) throws IOException {
    byte[] value = attribute.inode() == 0 ? attribute.value() : ofInode(volume, attribute);
    return attribute.isAccessList() ? ExtendedAttribute.shownAccessList(value) : value;
  }

  private static byte[] ofInode(ExtVolume volume, ExtendedAttribute attribute) throws IOException {
    Inode owner = volume.inode(attribute.inode());
    if (!owner.has(Inode.ATTRIBUTE_VALUE) || owner.size() != attribute.size()) {
      throw volume.corrupt(
          "inode",
          owner.position(),
          owner.number() + " is not the value of the attribute " + attribute.name());
    }
    byte[] value = new byte[attribute.size()];
    FileData.content(volume, owner).read(0, value);
    return value;
  }
}
