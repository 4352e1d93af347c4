package io.diskformat.vmdk;

import io.diskformat.CreateOptions;
import io.diskformat.FormatOption;
import io.diskformat.ImageInfo;
import io.diskformat.spi.CommonOptions;
import io.diskformat.spi.CreateRequest;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The options of a new image, checked.
 *
 * @param subformat what kind of image it is
 * @param sectors the size of the disk
 * @param adapter the adapter that the disk is made for
 * @param hardwareVersion the version of the virtual hardware
 * @param toolsVersion the version of the tools in the guest
 * @param zeroedGrains whether an entry of a grain table may say that its grain reads as zeroes
 * @param parent the image that this is a difference to, if there is one
 * @param cid the number of the content
 */
record VmdkOptions(
    Subformat subformat,
    long sectors,
    AdapterType adapter,
    String hardwareVersion,
    String toolsVersion,
    boolean zeroedGrains,
    Optional<Parent> parent,
    long cid) {

  /**
   * The image that a new one is a difference to.
   *
   * @param name its name, which the new image records
   * @param cid the number of its content
   */
  record Parent(String name, long cid) {}

  private static final String VMDK = "vmdk";

  /** The default of the versions, as QEMU shows it. */
  private static final String UNDEFINED = "undefined";

  private static final String HARDWARE_VERSION = "4";
  private static final String HARDWARE_VERSION_6 = "6";
  private static final String TOOLS_VERSION = "2147483647";
  private static final Pattern VERSION = Pattern.compile("[0-9]{1,10}");

  /** The largest extent with tables of 32 bits for a sector of its file. */
  private static final long MOST_SPARSE_SECTORS = 1L << 32;

  private static final FormatOption ADAPTER_TYPE =
      FormatOption.choice(
          "adapter_type",
          "The adapter that the disk is for; of a streamOptimized image, lsilogic by default",
          AdapterType.IDE.text,
          Arrays.stream(AdapterType.values()).map(type -> type.text).toArray(String[]::new));
  private static final FormatOption COMPAT6 =
      FormatOption.flag("compat6", "Virtual hardware of version 6");
  private static final FormatOption HWVERSION =
      FormatOption.text("hwversion", "The version of the virtual hardware, a number; 4 or 6");
  private static final FormatOption SUBFORMAT =
      FormatOption.choice(
          "subformat",
          "How the disk is stored",
          Subformat.MONOLITHIC_SPARSE.text,
          Arrays.stream(Subformat.values())
              .map(subformat -> subformat.text)
              .toArray(String[]::new));
  private static final FormatOption TOOLSVERSION =
      FormatOption.text("toolsversion", "The version of the guest's tools, a number; 2147483647");
  private static final FormatOption ZEROED_GRAIN =
      FormatOption.flag("zeroed_grain", "Zeroes can be recorded, over a parent too");

  /** All options, in alphabetical order. */
  static final List<FormatOption> DECLARED =
      List.of(
          ADAPTER_TYPE,
          CommonOptions.BACKING_FILE,
          CommonOptions.backingFormat(VMDK),
          COMPAT6,
          HWVERSION,
          SUBFORMAT,
          TOOLSVERSION,
          ZEROED_GRAIN);

  /** Returns what kind of image options are for. */
  static Subformat subformat(CreateOptions options) {
    return Subformat.named(SUBFORMAT.in(options));
  }

  /**
   * Checks options.
   *
   * @throws IllegalArgumentException if a value makes no sense, or contradicts another
   * @throws IOException if a parent that is named cannot be read
   */
  static VmdkOptions of(CreateRequest request) throws IOException {
    VmdkOptions checked = of(request.name(), request.options());
    Optional<String> parentFile = CommonOptions.BACKING_FILE.textIn(request.options());
    if (parentFile.isPresent()) {
      checked = checked.over(parentFile.get(), request.describeParent(parentFile.get(), VMDK));
    }
    checked.checkSize(request.name());
    return checked;
  }

  /**
   * Checks the options of an image that is written in one pass.
   *
   * @throws IllegalArgumentException if a value makes no sense, or contradicts another
   */
  static VmdkOptions ofStream(String image, CreateOptions options) {
    VmdkOptions checked = of(image, options);
    checked.checkSize(image);
    return checked;
  }

  private static VmdkOptions of(String image, CreateOptions options) {
    Subformat subformat = subformat(options);
    boolean zeroed = ZEROED_GRAIN.isOnIn(options);
    Optional<String> parent = CommonOptions.BACKING_FILE.textIn(options);
    boolean hosted = subformat.type == ExtentType.SPARSE && !subformat.isStream();
    require(!zeroed || hosted, image, "option zeroed_grain is not for " + subformat.text);
    require(
        parent.isEmpty() || hosted || subformat == Subformat.VMFS_SPARSE,
        image,
        "a " + subformat.text + " image is no difference to another, so has no backing_file");
    parent.ifPresent(name -> NewNames.requireRecordable(image, name));
    return new VmdkOptions(
        subformat,
        options.size() >>> ExtentLine.SECTOR_BITS,
        adapter(subformat, options),
        hardwareVersion(image, options),
        version(image, TOOLSVERSION, options).orElse(TOOLS_VERSION),
        zeroed,
        Optional.empty(),
        newCid());
  }

  private static AdapterType adapter(Subformat subformat, CreateOptions options) {
    return subformat.isStream() && options.option(ADAPTER_TYPE.name()).isEmpty()
        ? AdapterType.LSILOGIC
        : AdapterType.named(ADAPTER_TYPE.in(options));
  }

  private static String hardwareVersion(String image, CreateOptions options) {
    Optional<String> version = version(image, HWVERSION, options);
    boolean six = COMPAT6.isOnIn(options);
    require(!six || version.isEmpty(), image, "options compat6 and hwversion exclude each other");
    return version.orElse(six ? HARDWARE_VERSION_6 : HARDWARE_VERSION);
  }

  private static Optional<String> version(
      String image, FormatOption option, CreateOptions options) {
    Optional<String> text = option.textIn(options).filter(version -> !version.equals(UNDEFINED));
    require(
        text.isEmpty() || VERSION.matcher(text.get()).matches(),
        image,
        "option " + option.name() + " must be a number, not \"" + text.orElse("") + "\"");
    return text;
  }

  private static void require(boolean condition, String image, String problem) {
    if (!condition) {
      throw new IllegalArgumentException(image + ": " + problem);
    }
  }

  /** Never one of the CIDs with a meaning, nor 0, which some tools write in place of a CID. */
  private static long newCid() {
    return 1 + new SecureRandom().nextLong(Descriptor.IN_LONG_ID - 1);
  }

  /** Returns these options for a difference to an image, whose size is the default. */
  private VmdkOptions over(String name, ImageInfo info) {
    return new VmdkOptions(
        subformat,
        sectors == 0 ? info.virtualSize() >>> ExtentLine.SECTOR_BITS : sectors,
        adapter,
        hardwareVersion,
        toolsVersion,
        zeroedGrains,
        Optional.of(new Parent(name, VmdkDescription.cid(info))),
        cid);
  }

  private void checkSize(String image) {
    long most =
        switch (subformat) {
          case MONOLITHIC_SPARSE -> MOST_SPARSE_SECTORS;
          case VMFS_SPARSE -> MOST_SPARSE_SECTORS - 1;
          case STREAM_OPTIMIZED -> NewSparseHeader.MOST_SECTORS;
          case TWO_GB_SPARSE, TWO_GB_FLAT -> ExtentFiles.MOST_FILES * subformat.extentSectors();
          case MONOLITHIC_FLAT, VMFS -> DescriptorParser.MOST_SECTORS;
        };
    require(
        sectors <= most,
        image,
        "a "
            + subformat.text
            + " image has at most "
            + (most << ExtentLine.SECTOR_BITS)
            + " bytes, not "
            + (sectors << ExtentLine.SECTOR_BITS));
  }
}
