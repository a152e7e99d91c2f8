"""Describes the service in Swagger 2, OpenAPI 3.0 and 3.1, or serves the description the user put beside the script."""
import json
import os

ALIASES = {"2": "2", "2.0": "2", "3": "3", "3.0": "3", "3.1": "3.1"}
OWN_FILES = {"2": ("swagger.json", "swagger2.json"), "3": ("swagger3.json",), "3.1": ("swagger3.1.json",)}
TEXT = {"type": "string"}
VERSION_PARAMETER = {"name": "version", "in": "query", "required": False}


class Swagger:
    def __init__(self, settings, script):
        self._settings = settings
        self._input = self._output = {"type": "object", "example": {}}
        supported = sorted(set(ALIASES.values()))
        if script.schema:
            self._input = script.schema.get_input_schema(script.run)
            self._output = script.schema.get_output_schema(script.run)
            named = script.schema.get_supported_versions(script.run)
            supported = [version for version in supported if any(ALIASES.get(name) == version for name in named)]
        self._documents = {}
        for version in sorted(set(ALIASES.values())):
            document = self._own(version)
            if document is None and version in supported:
                document = self._swagger2() if version == "2" else self._openapi3(version)
            if document is not None:
                self._documents[version] = document
        self.versions = sorted(self._documents)

    def document(self, version):
        """None for a version this service has no description in."""
        return self._documents.get(ALIASES.get(version, ""))

    def _own(self, version):
        for name in OWN_FILES[version]:
            path = os.path.join(self._settings.app_root, name)
            if os.path.isfile(path):
                with open(path, encoding="utf-8") as file:
                    return json.load(file)
        return None

    def _info(self):
        name = self._settings.service_name
        return {"title": name, "description": "The scoring service %s." % name, "version": self._settings.service_version}

    def _paths(self, health, score, description, error):
        prefix = self._settings.path_prefix
        bearer = [{"Bearer": []}]

        def operation(name, text, success, **more):
            responses = {"200": success, "default": error}
            return dict({"operationId": name, "description": text, "responses": responses}, **more)

        score = dict(score)
        success = score.pop("success")
        version = description.pop("version")
        return {
            prefix + "/": {"get": operation("ServiceHealthCheck", "Answers while the service is up.", health)},
            prefix + "/score": {
                "post": operation("RunMLService", "Scores the given data.", success, security=bearer, **score)
            },
            prefix + "/swagger.json": {
                "get": operation(
                    "GetSwaggerSpec", "Answers with this description.", description, parameters=[version]
                )
            },
        }

    def _swagger2(self):
        def reference(name):
            return {"$ref": "#/definitions/" + name}

        return {
            "swagger": "2.0",
            "info": self._info(),
            "schemes": ["https"],
            "consumes": ["application/json"],
            "produces": ["application/json"],
            "securityDefinitions": {"Bearer": BEARER},
            "paths": self._paths(
                health={"description": "Up.", "schema": TEXT, "examples": {"application/json": "Healthy"}},
                score={
                    "parameters": [
                        {
                            "name": "serviceInputPayload",
                            "in": "body",
                            "description": "What run() takes.",
                            "schema": reference("ServiceInput"),
                        }
                    ],
                    "success": {"description": "What run() returned.", "schema": reference("ServiceOutput")},
                },
                description={
                    "description": "The description.",
                    "schema": TEXT,
                    "version": dict(VERSION_PARAMETER, type="integer", enum=[2, 3]),
                },
                error={"description": "Why it failed.", "schema": reference("ErrorResponse")},
            ),
            "definitions": self._schemas(),
        }

    def _openapi3(self, version):
        def json_of(name):
            return {"application/json": {"schema": {"$ref": "#/components/schemas/" + name}}}

        return {
            "openapi": "3.1.0" if version == "3.1" else "3.0.3",
            "info": self._info(),
            "security": [{"Bearer": []}],
            "paths": self._paths(
                health={"description": "Up.", "content": {"text/plain": {"schema": dict(TEXT, example="Healthy")}}},
                score={
                    "requestBody": {"description": "What run() takes.", "content": json_of("ServiceInput")},
                    "success": {"description": "What run() returned.", "content": json_of("ServiceOutput")},
                },
                description={
                    "description": "The description.",
                    "content": {"text/plain": {"schema": TEXT}},
                    "version": dict(VERSION_PARAMETER, schema={"type": "integer", "enum": [2, 3]}),
                },
                error={"description": "Why it failed.", "content": json_of("ErrorResponse")},
            ),
            "components": {"schemas": self._schemas(), "securitySchemes": {"Bearer": BEARER}},
        }

    def _schemas(self):
        message = {"type": "object", "properties": {"message": TEXT}}
        return {"ServiceInput": self._input, "ServiceOutput": self._output, "ErrorResponse": message}


BEARER = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    "description": "For example: Bearer abc123",
}
