import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.Executors;

/** Three requests of a web service in Java, a thread each: while one waits, the others run. Nothing of OpenTelemetry's is in it. */
public class JavaApp {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  /** Answers after so many calls of the almanac, one after the other. */
  private static void answer(HttpServer server, String path, int calls) {
    server.createContext(path, exchange -> {
      for (int call = 0; call < calls; call++) {
        askAlmanac();
      }
      exchange.sendResponseHeaders(200, -1);
      exchange.close();
    });
  }

  private static void askAlmanac() throws IOException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("ALMANAC_URL") + "/daylight")).build();
    try {
      CLIENT.send(request, BodyHandlers.discarding());
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }

  public static void main(String[] arguments) throws IOException {
    int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "5000"));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    answer(server, "/city", 1);
    answer(server, "/overview", 2);
    answer(server, "/daylight", 1);
    server.start();
  }
}
