package io.sluice.gateway.admin;

/** What is wrong with a call; its message is for the caller. Stackless. */
public final class AdminException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;

  public AdminException(int status, String code, String message) {
    super(message, null, false, false);
    this.status = status;
    this.code = code;
  }

  /** An argument that would be wrong at any time: for the command line that is wrong usage. */
  public static AdminException invalid(String message) {
    return new AdminException(400, "InvalidArgument", message);
  }

  public static AdminException notFound(String code, String message) {
    return new AdminException(404, code, message);
  }

  public static AdminException conflict(String code, String message) {
    return new AdminException(409, code, message);
  }

  public int status() {
    return status;
  }

  /** What went wrong, for programs. */
  public String code() {
    return code;
  }
}
