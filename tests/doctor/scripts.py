"""The parts of scripts that are read: a model that is loaded, and a loop that trains it."""

LOADING = """
import torch
from transformers import AutoModelForSequenceClassification
model = AutoModelForSequenceClassification.from_pretrained("bert-large-uncased", num_labels=2)
"""
LOOP = """
for batch in loader:
    model(**batch).loss.backward()
    optimizer.step()
"""
