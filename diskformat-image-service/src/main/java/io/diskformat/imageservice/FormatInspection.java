package io.diskformat.imageservice;

import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.inspect.Finding;
import io.diskformat.inspect.ImageInspector;
import io.diskformat.inspect.Inspection;
import io.diskformat.inspect.InspectionRules;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Takes an image only if it is of the format that was said, whole, and stands for itself. */
final class FormatInspection implements UploadInspection {
  private final String format;
  private final boolean mustMatch;
  private final ImageInspector inspector;

  FormatInspection(String format, ServiceLimits limits) {
    this.format = format;
    InspectionRules rules = InspectionRules.strict().largestDisk(limits.largestDisk());
    this.mustMatch = limits.formatsMustMatch();
    this.inspector = ImageInspector.begin(mustMatch ? rules.formats(format) : rules);
  }

  @Override
  public void accept(ByteBuffer bytes) throws ImageServiceException {
    inspector.accept(bytes);
    check(inspector.soFar());
  }

  @Override
  public long finish() throws ImageServiceException {
    Inspection inspection = inspector.finish();
    check(inspection);
    return inspection
        .diskSize()
        .orElseThrow(
            () ->
                new ImageServiceException(
                    Problem.UNSUPPORTED, "The size of the " + format + " disk is not known"));
  }

  private void check(Inspection inspection) throws ImageServiceException {
    Optional<Finding> refusal = inspection.refusal();
    if (refusal.isPresent()) {
      Finding finding = refusal.get();
      throw new ImageServiceException(
          Problem.UNSUPPORTED,
          "Image declared as %s is refused by rule %s at offset %d: %s"
              .formatted(format, finding.rule(), finding.position(), finding.sentence()));
    }
  }
}
