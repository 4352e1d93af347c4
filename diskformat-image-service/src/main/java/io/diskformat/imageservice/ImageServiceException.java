package io.diskformat.imageservice;

import java.io.IOException;

/** The service refuses what was asked for; its message is one sentence for whoever asked. */
public final class ImageServiceException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Problem problem;

  /** What kind of refusal it is. */
  public enum Problem {
    /** What was said makes no sense. */
    INVALID,
    /** There is no such image, or the caller may not see it. */
    NOT_FOUND,
    /** The caller may not do that. */
    FORBIDDEN,
    /** The image is not in the state for that. */
    CONFLICT,
    /** The image was deleted meanwhile. */
    GONE,
    /** More than a limit, or than there is room for. */
    TOO_LARGE,
    /** The data is not what it is said to be, or not safe. */
    UNSUPPORTED,
    /** The store cannot do that now. */
    UNAVAILABLE
  }

  /** Creates an exception. */
  public ImageServiceException(Problem problem, String message) {
    super(message);
    this.problem = problem;
  }

  /** Returns what kind of refusal it is. */
  public Problem problem() {
    return problem;
  }

  static ImageServiceException notFound(String id) {
    return new ImageServiceException(Problem.NOT_FOUND, "No image found with ID " + id);
  }

  static ImageServiceException forbidden(String message) {
    return new ImageServiceException(Problem.FORBIDDEN, message);
  }

  static ImageServiceException conflict(String message) {
    return new ImageServiceException(Problem.CONFLICT, message);
  }

  static ImageServiceException invalid(String message) {
    return new ImageServiceException(Problem.INVALID, message);
  }
}
