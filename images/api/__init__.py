"""JSON for programs: viewsets, serializers, OpenAPI."""
