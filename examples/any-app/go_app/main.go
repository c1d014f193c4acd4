// Three requests of a web service in Go: while one waits, the others run.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
)

var client = http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport)}

// ask calls the almanac so many times, one after the other.
func ask(times int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for range times {
			call, _ := http.NewRequestWithContext(r.Context(), http.MethodGet, os.Getenv("ALMANAC_URL")+"/daylight", nil)
			reply, err := client.Do(call)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
			reply.Body.Close()
		}
		fmt.Fprint(w, "{}")
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})

	mux := http.NewServeMux()
	mux.HandleFunc("GET /city", ask(1))
	mux.HandleFunc("GET /overview", ask(2))
	mux.HandleFunc("GET /daylight", ask(1))
	handler := otelhttp.NewHandler(mux, "any-app")
	go func() { log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), handler)) }()
	<-ctx.Done()
	_ = provider.Shutdown(context.Background())
}
